"""What Farhand speaks to besides browsers: QR codes, mail, storage."""
