-- Write a tile, or the same tile grown wider.
insert into log_tile (level, tile_index, hashes)
values ($1, $2, $3)
on conflict (level, tile_index) do update set hashes = excluded.hashes
