"""A self-signed certificate, so that a phone on the same network may use its camera."""

import ipaddress
import socket
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = timedelta(days=365)
CHAIN, KEY = "self-signed.pem", "self-signed.key"
# A documentation address (RFC 5737): connecting a UDP socket sends nothing, it only shows
# which of our own addresses would be used.
ELSEWHERE = ("192.0.2.1", 9)


def self_signed(folder: Path, now: datetime) -> tuple[Path, Path]:
    """The certificate chain and key in ``folder``, for localhost and this machine's address;
    made once, and again when it expires or the address changed."""
    chain, key = folder / CHAIN, folder / KEY
    addresses = local_addresses()
    if chain.is_file() and key.is_file() and _serves(chain, addresses, now):
        return chain, key
    folder.mkdir(parents=True, exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Farhand")])
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    key.touch(mode=0o600)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return chain, key


def local_addresses() -> list[str]:
    """Loopback, and the address this machine would use to reach others."""
    found = ["127.0.0.1"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
            found.append(str(probe.getsockname()[0]))
        except OSError:
            pass
    return list(dict.fromkeys(found))


def _serves(chain: Path, addresses: list[str], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    there = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return set(addresses) <= there and certificate.not_valid_after_utc > now
