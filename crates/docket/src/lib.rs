//! Everything that does something: the door, the slices, and the surfaces that knock on it.
