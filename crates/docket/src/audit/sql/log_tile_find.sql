-- The hashes of one tile.
select hashes
from log_tile
where level = $1 and tile_index = $2
