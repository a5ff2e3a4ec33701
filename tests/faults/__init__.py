"""What breaks in the field, broken on purpose: lines, machines, disks, strangers.

Sleeps here are what is measured or done, never a wait for something to become true: how long a
line is cut, a disk is full or a flood lasts, and the window over which frames, gaps and delays are
counted. Before a fault a call is let run for some seconds, so that the browsers' estimates of the
line are those of a call and not of its beginning; nothing tells when they are.
"""
