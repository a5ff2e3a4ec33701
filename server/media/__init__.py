"""WebRTC on one port: ICE-lite, DTLS, SRTP, forwarding packet by packet."""
