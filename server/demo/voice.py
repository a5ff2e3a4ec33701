"""Speech-like sound: two people taking turns, in no language, made of harmonics and noise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 48_000  # samples a second
SPEECH_RMS = 0.1  # of full scale, -20 dBFS, while somebody speaks
LOUDEST = 0.7
FADE = 0.015  # seconds in which a syllable begins and ends

# The three lowest formants of vowels, in hertz, for a vocal tract of 17 cm.
VOWELS = [
    (730, 1090, 2440),
    (530, 1840, 2480),
    (270, 2290, 3010),
    (570, 840, 2410),
    (300, 870, 2240),
    (500, 1500, 2500),
]
FORMANT_WIDTHS = (80, 110, 170)
FORMANT_GAINS = (1.0, 0.55, 0.28)

# Who speaks from when to when, in seconds; the conversation begins anew after CYCLE.
CYCLE = 36.0
ENGINEER_TURNS = ((0.4, 4.6), (9.2, 12.0), (17.4, 22.4), (28.6, 31.2))
CUSTOMER_TURNS = ((5.3, 8.4), (12.8, 16.6), (23.2, 27.8), (32.0, 35.2))

Samples = NDArray[np.int16]
Wave = NDArray[np.floating]


@dataclass(frozen=True)
class Voice:
    """A voice: pitch in hertz, and how much shorter than 17 cm the vocal tract is."""

    pitch: float
    shorter: float
    seed: int
    turns: tuple[tuple[float, float], ...]

    def speak(self) -> Samples:
        """One cycle of the conversation as this person's microphone hears it, mono, 48 kHz."""
        random = np.random.default_rng(self.seed)
        sound = np.zeros(int(CYCLE * RATE))
        for start, end in self.turns:
            at, last = int(start * RATE), int(end * RATE)
            while last - at > RATE // 4:
                phrase = self._phrase(random, (last - at) / RATE)
                sound[at : at + phrase.size] = phrase
                at += phrase.size + int(random.uniform(0.12, 0.3) * RATE)
        spoken = np.abs(sound) > 1e-4
        sound *= SPEECH_RMS / np.sqrt(np.mean(sound[spoken] ** 2))
        sound += random.normal(0, 0.0006, sound.size)  # a room is never quite silent
        # Peaks bend instead of breaking.
        return np.rint(np.tanh(sound / LOUDEST) * LOUDEST * 32767).astype(np.int16)

    def _phrase(self, random: np.random.Generator, longest: float) -> Wave:
        """Syllables in a row whose pitch falls, as it does at the end of a sentence."""
        lengths = random.uniform(0.13, 0.24, random.integers(4, 10))
        lengths = lengths[: max(int(np.searchsorted(np.cumsum(lengths), longest)), 1)]
        fall = np.linspace(1.12, 0.86, lengths.size) * random.uniform(0.95, 1.06, lengths.size)
        return np.concatenate(
            [
                self._syllable(random, float(length), self.pitch * float(share))
                for length, share in zip(lengths, fall, strict=True)
            ]
        )[: int(longest * RATE)]

    def _syllable(self, random: np.random.Generator, length: float, pitch: float) -> Wave:
        """A consonant of noise or silence, and a vowel that glides into another."""
        first, second = random.choice(len(VOWELS), 2)
        consonant = int(random.uniform(0.025, 0.06) * RATE)
        vowel = int(length * RATE) - consonant
        hiss = np.diff(random.normal(0, 0.05, consonant + 1)) * random.choice([0.0, 0.6, 1.0])
        time = np.arange(vowel) / RATE
        pitch_now = pitch * (1.04 - 0.08 * time / time[-1] + 0.012 * np.sin(31 * time))
        phase = 2 * np.pi * np.cumsum(pitch_now) / RATE
        harmonics = np.arange(1, int(4200 / pitch) + 1)
        glide = (time / time[-1])[None, :]
        strength = (
            self._strength(harmonics * pitch, first)[:, None] * (1 - glide)
            + self._strength(harmonics * pitch, second)[:, None] * glide
        )
        sung = (strength * np.sin(harmonics[:, None] * phase[None, :])).sum(axis=0)
        return np.concatenate([_fade(hiss), _fade(sung)]) * random.uniform(0.7, 1.0)

    def _strength(self, frequency: Wave, vowel: int) -> Wave:
        """How strong a harmonic is behind the formants of a vowel; the source falls as 1/f."""
        total = np.zeros(frequency.shape)
        for formant, width, gain in zip(VOWELS[vowel], FORMANT_WIDTHS, FORMANT_GAINS, strict=True):
            total += gain / (1 + ((frequency - formant * self.shorter) / width) ** 2)
        return total * (200 / np.maximum(frequency, 200)) ** 0.5


ENGINEER = Voice(pitch=112, shorter=1.0, seed=21, turns=ENGINEER_TURNS)
CUSTOMER = Voice(pitch=196, shorter=1.16, seed=34, turns=CUSTOMER_TURNS)


def _fade(sound: Wave) -> Wave:
    """Begin and end softly."""
    edge = min(int(FADE * RATE), sound.size // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
    sound[:edge] *= ramp
    sound[sound.size - edge :] *= ramp[::-1]
    return sound
