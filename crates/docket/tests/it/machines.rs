//! Several machines on one PostgreSQL: processes of ours that know of each other
//! only what the database says.

mod agree;
