# How the cost of an enqueue, of a lease, and memory move as the queue and the number of campaigns grow.
# Sourced by run.sh. Items are named growth-<axis>-<size>-<what>.

growth_repetitions=3

growth_point() {  # AXIS SIZE
  settle
  measure breakerd "growth-$1-$2-memory" stat
  for round in $(seq "$growth_repetitions"); do
    measure breakerd "growth-$1-$2-enqueue" enqueue --connections 16 --seconds "$seconds" --count 20000
    measure breakerd "growth-$1-$2-lease" drain --max 1 --connections 16 --seconds "$seconds" --count 20000
  done
}

growth_of_jobs() {
  local size=1000 filled=0
  server_start breakerd
  while [ "$size" -le "$jobs_many" ]; do
    fill $((size - filled))
    filled=$size
    growth_point jobs "$size"
    size=$((size * 10))
  done
  server_stop
}

# Each campaign holds a few jobs, so that a lease has as many lanes to choose from as there are campaigns.
growth_of_campaigns() {
  local size=1 made=0
  server_start breakerd
  while [ "$size" -le "$campaigns_many" ]; do
    measure breakerd "growth-campaigns-$size-create" campaigns --connections 16 --jobs-each 4 \
      --count $((size - made)) --seconds 600
    made=$size
    growth_point campaigns "$size"
    size=$((size * 10))
  done
  server_stop
}
