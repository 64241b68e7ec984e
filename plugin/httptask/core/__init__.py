"""Values that travel through the house: frozen, without I/O, standard library only."""
