"""Sealed ballots: Belenios protocol version 1 over Ed25519, without Django and without a database."""
