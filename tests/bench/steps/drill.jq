# runs.jsonl (slurped) of --drill -> the table, and what its figures mean.
include "lib";

def titles: {"bullmq": "BullMQ", "graphile": "graphile-worker", "pgboss": "pg-boss", "rabbitmq": "RabbitMQ"};

def verdict: if .contender != "breakerd" then "" elif .broken == [] then "all kept" else (.broken | join("; ")) end;

# How breakerd's fastest second stands to its plan: nothing can be told when the workers were slower than that.
def beside_plan: if .plan == null then "" elif .plan.outlasted or .plan.peak == null then " (slower than the plan)" else
  .plan.peak | " (\(.planned) planned: \(if .requests <= .planned * 1.05 + 1 then "met" else "MISSED" end))" end;

map(select(.jobs)) as $runs
| if $runs == [] then "No drill came to its end." else
  [["queue", "settings", "requests after the first failure", "attempts burned", "dead letters", "of them good jobs",
    "run twice", "done twice", "commands", "drain, s", "peak/s", "promises"],
   ($runs[] | [titles[.contender] // .contender, .settings, (.requests_after_first_failure | thousands),
     (.attempts_burned | thousands), (.dead_letters | thousands), (.good_dead_letters | thousands),
     (.run_twice | thousands), (.done_twice | thousands), (.commands | length | tostring),
     (if .drain_ms then .drain_ms / 1000 | to_places(1) else "not drained" end),
     (if .plan.peak then .plan.peak.requests else .peak_per_second end | thousands) + beside_plan, verdict])]
| markdown, "",
  ($runs[0] | "\(.jobs | thousands) jobs, four of them bad; the service dies when a fifth is done, for \(.outage_ms / 1000) s; "
    + "\(.workers) jobs at a time in each."), "",
  "- **Requests after the first failure**: what the dead service was asked and refused, its first refusal not counted.",
  "- **Attempts burned**: failed runs of good jobs that the queue counts as attempts. Of breakerd: as its jobs show them.",
  "- **Dead letters**: jobs that the queue gave up, good ones before they were called back, and the bad ones at the end.",
  "  Fewer than four at the end: the bad ones are still tried.",
  "- **Run twice**: good jobs that the service was asked for more than once. **Done twice**: that it did more than once.",
  "- **Commands**: what a human had to do for all good jobs to be done.",
  "- **Drain**: from when the service was back to the last good job. **Peak**: most requests in one second from then on.",
  "  breakerd drains as slowly as its plan says; its peak is that of the plan's fastest second, beside the plan.",
  (if any($runs[]; .plan.outlasted) then "- **breakerd's workers were slower than the plan (--rate): its peak says nothing.**"
   else empty end)
  end
