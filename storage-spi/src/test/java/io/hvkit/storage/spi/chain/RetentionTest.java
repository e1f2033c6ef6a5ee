package io.hvkit.storage.spi.chain;

import static io.hvkit.storage.spi.chain.Chains.ROOT;
import static io.hvkit.storage.spi.chain.Chains.S1;
import static io.hvkit.storage.spi.chain.Chains.S2;
import static io.hvkit.storage.spi.chain.Chains.S3;
import static io.hvkit.storage.spi.chain.Chains.S4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.Reason.Why;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RetentionTest {

    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final SnapshotSchedule HOURLY = schedule("hourly", Rhythm.hourly(0), 2);
    private static final SnapshotSchedule DAILY = schedule("daily", Rhythm.daily(LocalTime.of(3, 0)), 2);
    private static final SnapshotSchedule WEEKLY =
            schedule("weekly", Rhythm.weekly(DayOfWeek.SUNDAY, LocalTime.of(3, 0)), 1);

    private final Chains chains = new Chains();
    private final List<ScheduledSnapshot> taken = new ArrayList<>();
    private final Set<SnapshotId> whole = new HashSet<>();

    private static SnapshotSchedule schedule(String name, Rhythm rhythm, int keep) {
        return new SnapshotSchedule(name, rhythm, ZoneOffset.UTC, keep, START);
    }

    private RetentionPlan at(String now, SnapshotSchedule... schedules) {
        return at(Instant.parse(now), schedules);
    }

    private RetentionPlan at(Instant now, SnapshotSchedule... schedules) {
        return RetentionPlan.of(chains.graph, ROOT, List.of(schedules), taken, now);
    }

    private void taken(SnapshotId id, String moment, SnapshotSchedule... schedules) {
        chains.backedUp(id);
        record(id, moment, schedules);
    }

    private void record(SnapshotId id, String moment, SnapshotSchedule... schedules) {
        Set<String> names = new HashSet<>();
        for (SnapshotSchedule one : schedules) {
            names.add(one.name());
        }
        taken.add(new ScheduledSnapshot(id, Instant.parse(moment), names));
    }

    private static Why why(Map<SnapshotId, Reason> some, SnapshotId id) {
        return Optional.ofNullable(some.get(id)).map(Reason::why).orElseThrow();
    }

    @Test
    void schedules_that_are_due_at_once_share_one_snapshot() {
        RetentionPlan plan = at("2026-03-01T03:00:00Z", HOURLY, DAILY, WEEKLY);
        assertThat(plan.take().orElseThrow().schedules()).containsExactlyInAnyOrder("hourly", "daily", "weekly");
        assertThat(plan.take().orElseThrow().moment()).isEqualTo(Instant.parse("2026-03-01T03:00:00Z"));
        assertThat(plan.next()).contains(Instant.parse("2026-03-01T04:00:00Z"));
    }

    @Test
    void a_shared_snapshot_stays_as_long_as_one_schedule_wants_it() {
        taken(S1, "2026-03-01T03:00:00Z", HOURLY, DAILY);
        taken(S2, "2026-03-01T04:00:00Z", HOURLY);
        taken(S3, "2026-03-01T05:00:00Z", HOURLY);
        RetentionPlan plan = at("2026-03-01T05:30:00Z", HOURLY, DAILY);
        assertThat(plan.take()).isEmpty();
        assertThat(plan.delete()).isEmpty();
        assertThat(plan.keep())
                .hasEntrySatisfying(S1, reason -> assertThat(reason.detail()).contains("daily"));
        assertThat(at("2026-03-01T05:30:00Z", HOURLY).delete()).containsOnlyKeys(S1);
        assertThat(why(at("2026-03-01T05:30:00Z", HOURLY).delete(), S1)).isEqualTo(Why.SUPERSEDED);
    }

    @Test
    void of_moments_that_were_missed_only_the_last_is_caught_up_with() {
        taken(S1, "2026-03-01T03:00:00Z", DAILY);
        assertThat(at("2026-03-05T12:00:00Z", DAILY).take().orElseThrow().moment())
                .isEqualTo(Instant.parse("2026-03-05T03:00:00Z"));
        taken(S2, "2026-03-05T03:00:00Z", DAILY);
        assertThat(at("2026-03-05T12:00:00Z", DAILY).take()).isEmpty();
    }

    @Test
    void what_a_clock_that_ran_ahead_took_counts_once_its_moment_has_come_and_not_before() {
        taken(S1, "2026-03-09T03:00:00Z", DAILY);
        assertThat(at("2026-03-02T03:00:00Z", DAILY).take()).isPresent();
        taken(S2, "2026-03-02T03:00:00Z", DAILY);
        assertThat(at("2026-03-02T04:00:00Z", DAILY).take()).isEmpty();
        assertThat(at("2026-03-09T02:59:59Z", DAILY).take()).isPresent();
        assertThat(at("2026-03-09T03:00:00Z", DAILY).take()).isEmpty();
    }

    @Test
    void moments_before_a_schedule_was_made_are_not_its_own() {
        SnapshotSchedule late = new SnapshotSchedule(
                "late", Rhythm.daily(LocalTime.of(3, 0)), ZoneOffset.UTC, 1, Instant.parse("2026-03-05T04:00:00Z"));
        assertThat(at("2026-03-05T12:00:00Z", late).take()).isEmpty();
        assertThat(at("2026-03-06T03:00:00Z", late).take()).isPresent();
    }

    @Test
    void while_a_snapshot_is_not_whole_none_is_begun_and_its_moment_is_not_lost() {
        chains.apply(chains.planner().take(chains.backup(S1)).steps().subList(0, 2));
        RetentionPlan plan = at("2026-03-01T03:00:00Z", DAILY);
        assertThat(plan.take()).isEmpty();
        assertThat(plan.waits().orElseThrow().detail()).contains("s1", "BACKING_UP");
        chains.carryOut(planner -> planner.abandon(S1));
        assertThat(at("2026-03-01T09:00:00Z", DAILY).take()).isPresent();
    }

    @Test
    void what_is_on_its_way_out_is_not_waited_for() {
        take(S1, true);
        chains.apply(chains.planner().delete(S1).steps().subList(0, 1));
        LogicalSnapshot failed = chains.graph.snapshot(S1).orElseThrow();
        assertThat(failed.state()).isEqualTo(LogicalSnapshot.State.DESTROYING);
        assertThat(failed.usage()).isEqualTo(LogicalSnapshot.Usage.NOT_STARTED);

        RetentionPlan plan = at("2026-03-10T04:00:00Z", DAILY);
        assertThat(plan.waits()).isEmpty();
        assertThat(plan.take()).isPresent();
    }

    @Test
    void what_failed_counts_for_its_moment_and_not_among_those_that_are_kept_and_goes() {
        taken(S1, "2026-03-01T03:00:00Z", DAILY);
        taken(S2, "2026-03-02T03:00:00Z", DAILY);
        chains.apply(chains.planner().take(chains.backup(S3)).steps().subList(0, 2));
        chains.carryOut(planner -> planner.abandon(S3));
        record(S3, "2026-03-03T03:00:00Z", DAILY);
        RetentionPlan plan = at("2026-03-03T04:00:00Z", DAILY);
        assertThat(plan.take()).isEmpty();
        assertThat(plan.delete()).containsOnlyKeys(S3);
        assertThat(why(plan.delete(), S3)).isEqualTo(Why.RUN_FAILED);
        assertThat(plan.keep()).containsOnlyKeys(S1, S2);
    }

    @Test
    void what_users_took_or_schedules_that_are_no_more_is_never_deleted() {
        chains.backedUp(S1);
        taken(S2, "2026-03-01T03:00:00Z", WEEKLY);
        taken(S3, "2026-03-01T04:00:00Z", HOURLY);
        RetentionPlan plan = at("2026-03-01T04:00:00Z", schedule("hourly", Rhythm.hourly(0), 1));
        assertThat(plan.delete()).isEmpty();
        assertThat(plan.keep()).doesNotContainKey(S1);
        assertThat(why(plan.keep(), S2)).isEqualTo(Why.NO_SCHEDULE);
    }

    @Test
    void what_cannot_be_read_takes_no_place_of_what_can_and_stays_beside_it_until_there_are_enough_newer_ones() {
        taken(S1, "2026-03-01T03:00:00Z", DAILY);
        taken(S2, "2026-03-02T03:00:00Z", DAILY);
        taken(S3, "2026-03-03T03:00:00Z", DAILY);
        chains.graph = chains.graph.withUnusable(Chains.nfs(S3));
        RetentionPlan plan = at("2026-03-03T04:00:00Z", DAILY);
        assertThat(plan.delete()).isEmpty();
        assertThat(why(plan.keep(), S1)).isEqualTo(Why.KEPT);
        assertThat(why(plan.keep(), S3)).isEqualTo(Why.COPY_UNUSABLE);
        ChainGraph lost = chains.graph;
        chains.graph = lost.withReadable(Chains.nfs(S3));
        assertThat(at("2026-03-03T04:00:00Z", DAILY).delete())
                .as("it is readable again")
                .containsOnlyKeys(S1);
        chains.graph = lost;

        taken(S4, "2026-03-04T03:00:00Z", DAILY);
        assertThat(at("2026-03-04T04:00:00Z", DAILY).delete()).containsOnlyKeys(S1);
        taken(new SnapshotId("s5"), "2026-03-05T03:00:00Z", DAILY);
        assertThat(at("2026-03-05T04:00:00Z", DAILY).delete()).containsOnlyKeys(S1, S2, S3);
    }

    @Test
    void places_say_which_is_newer_and_clocks_do_not() {
        taken(S1, "2026-03-09T03:00:00Z", DAILY);
        taken(S2, "2026-03-02T03:00:00Z", DAILY);
        assertThat(at("2026-03-09T04:00:00Z", schedule("daily", DAILY.rhythm(), 1))
                        .delete())
                .containsOnlyKeys(S1);
    }

    @Test
    void a_schedule_keeps_at_least_one() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> schedule("none", HOURLY.rhythm(), 0))
                .withMessageContaining("none keeps at least 1 snapshot, not 0");
    }

    /** Over half a year, with runs that fail and hours in which nobody asks. */
    @Test
    void the_newest_of_each_schedule_are_always_there_and_never_too_many() {
        long seed = new Random().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        SnapshotSchedule monthly = schedule("monthly", Rhythm.monthly(31, LocalTime.of(3, 0)), 3);
        List<SnapshotSchedule> all = List.of(HOURLY, DAILY, WEEKLY, monthly);
        Instant now = START;
        for (int i = 0; i < 400; i++) {
            RetentionPlan plan = at(now, all.toArray(SnapshotSchedule[]::new));
            SnapshotId id = new SnapshotId("r" + i);
            plan.take().ifPresent(due -> {
                boolean isFailing = random.nextInt(10) == 0;
                take(id, isFailing);
                whole.addAll(isFailing ? Set.of() : Set.of(id));
                taken.add(new ScheduledSnapshot(id, due.moment(), due.schedules()));
            });
            at(now, all.toArray(SnapshotSchedule[]::new)).delete().keySet().forEach(chains::delete);
            all.forEach(one -> requireKept(one, seed));
            now = now.plus(Duration.ofMinutes(30 + random.nextInt(1200)));
        }
        assertThat(chains.graph.rows().snapshots())
                .filteredOn(LogicalSnapshot::isPublished)
                .hasSizeBetween(3, 2 + 2 + 1 + 3);
    }

    private void take(SnapshotId id, boolean isFailing) {
        if (isFailing) {
            chains.apply(chains.planner().take(chains.backup(id)).steps().subList(0, 2));
            chains.carryOut(planner -> planner.abandon(id));
        } else {
            chains.backedUp(id);
        }
    }

    private void requireKept(SnapshotSchedule schedule, long seed) {
        List<ScheduledSnapshot> its = taken.stream()
                .filter(one -> whole.contains(one.id()) && one.schedules().contains(schedule.name()))
                .toList();
        List<ScheduledSnapshot> newest = its.subList(Math.max(0, its.size() - schedule.keep()), its.size());
        assertThat(newest)
                .as("of %s, seed %s", schedule.name(), seed)
                .allSatisfy(one -> assertThat(chains.graph.snapshot(one.id()).filter(LogicalSnapshot::isPublished))
                        .isPresent());
        long alone = its.stream()
                .filter(one -> one.schedules().size() == 1)
                .filter(one -> chains.graph
                        .snapshot(one.id())
                        .filter(LogicalSnapshot::isPublished)
                        .isPresent())
                .count();
        assertThat(alone).as("of %s alone, seed %s", schedule.name(), seed).isLessThanOrEqualTo(schedule.keep());
    }

    @Test
    void clocks_that_change_neither_lose_a_day_nor_count_one_twice() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        Rhythm night = Rhythm.daily(LocalTime.of(2, 30));
        assertThat(night.next(Instant.parse("2026-03-28T12:00:00Z"), berlin))
                .as("02:30 is left out, 03:30 comes")
                .isEqualTo(Instant.parse("2026-03-29T01:30:00Z"));
        Instant first = night.next(Instant.parse("2026-10-24T12:00:00Z"), berlin);
        assertThat(first).as("the first 02:30 of two").isEqualTo(Instant.parse("2026-10-25T00:30:00Z"));
        assertThat(night.next(first, berlin)).isEqualTo(Instant.parse("2026-10-26T01:30:00Z"));
        assertThat(night.latest(Instant.parse("2026-10-25T01:30:00Z"), berlin)).isEqualTo(first);
    }

    @Test
    void the_31st_is_the_last_day_of_a_shorter_month() {
        Rhythm last = Rhythm.monthly(31, LocalTime.MIDNIGHT);
        Instant january = Instant.parse("2026-01-31T00:00:00Z");
        assertThat(last.next(january, ZoneOffset.UTC)).isEqualTo(Instant.parse("2026-02-28T00:00:00Z"));
        assertThat(last.latest(Instant.parse("2026-03-30T23:00:00Z"), ZoneOffset.UTC))
                .isEqualTo(Instant.parse("2026-02-28T00:00:00Z"));
        assertThat(last.next(Instant.parse("2026-02-28T00:00:00Z"), ZoneOffset.UTC))
                .isEqualTo(Instant.parse("2026-03-31T00:00:00Z"));
    }

    @Test
    void the_latest_moment_is_never_after_now_and_the_next_always_is() {
        SplittableRandom random = new SplittableRandom();
        List<ZoneId> zones = List.of(
                ZoneOffset.UTC, ZoneId.of("Asia/Colombo"), ZoneId.of("America/St_Johns"), ZoneId.of("Pacific/Apia"));
        for (int i = 0; i < 2000; i++) {
            Instant now = Instant.ofEpochSecond(random.nextLong(4_000_000_000L));
            ZoneId zone = zones.get(random.nextInt(zones.size()));
            LocalTime time = LocalTime.of(random.nextInt(24), random.nextInt(60));
            for (Rhythm rhythm : List.of(
                    Rhythm.hourly(time.getMinute()),
                    Rhythm.daily(time),
                    Rhythm.weekly(DayOfWeek.of(1 + random.nextInt(7)), time),
                    Rhythm.monthly(1 + random.nextInt(31), time))) {
                assertThat(rhythm.latest(now, zone))
                        .as("%s at %s in %s", rhythm, now, zone)
                        .isBeforeOrEqualTo(now);
                assertThat(rhythm.next(now, zone))
                        .as("%s at %s in %s", rhythm, now, zone)
                        .isAfter(now);
            }
        }
    }
}
