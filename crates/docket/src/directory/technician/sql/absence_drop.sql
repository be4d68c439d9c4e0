-- Take back an absence.
delete from absence
where tenant = $1 and technician = $2 and starts_at = $3
