"""What a busy machine adds to figures of two browsers."""

# A test has few repetitions, on a machine that also draws and encodes all pictures: it fails where
# a target is missed by more than that does. The bench measures against the targets themselves.
NOISE = 2.0
