mod job_packet;
mod on_site;
mod request_change;
