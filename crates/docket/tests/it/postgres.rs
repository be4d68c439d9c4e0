//! What is so on PostgreSQL only: who may serve, the way there, and a database
//! that goes away under a running server.

mod away;
mod moved;
mod refused;
mod steps;
mod tls;
