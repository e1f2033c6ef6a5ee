package io.hvkit.engine.snapshot;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;
import io.hvkit.storage.spi.chain.Rhythm;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * When snapshots of a volume are taken by themselves, where they are kept, and how many. Immutable.
 *
 * @param volume the volume
 * @param store where the snapshots are kept, as {@link SnapshotRequest#store}
 * @param zone whose clocks tell the times
 * @param rules its schedules; no two have the same name
 */
@Incubating(since = "0.1")
public record SnapshotPolicy(RecordId<VolumeRecord> volume, RecordId<PoolRecord> store, ZoneId zone, List<Rule> rules) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,31}");
    private static final int MOST = 10_000;

    /**
     * One schedule.
     *
     * @param name its name: 1 to 32 small letters, digits, dots, dashes and underscores, a letter or digit first
     * @param rhythm its moments
     * @param keep how many whole snapshots it keeps, 1 to 10,000
     */
    public record Rule(String name, Rhythm rhythm, int keep) {

        /**
         * Checks the name and the number.
         *
         * @throws IllegalArgumentException if the name has another form, or the number is out of range
         */
        public Rule {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "a schedule has a name of 1 to 32 small letters, digits, dots, dashes"
                                + " and underscores, which begins with a letter or digit, not '" + name + "'");
            }
            if (keep < 1 || keep > MOST) {
                throw new IllegalArgumentException(
                        "schedule " + name + " keeps 1 to " + MOST + " snapshots, not " + keep);
            }
        }
    }

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if two schedules have the same name
     */
    public SnapshotPolicy {
        rules = List.copyOf(rules);
        Set<String> names = new HashSet<>();
        for (Rule rule : rules) {
            if (!names.add(rule.name())) {
                throw new IllegalArgumentException("a policy has one schedule of a name, and two are called '"
                        + rule.name() + "'; give one another name");
            }
        }
    }

    /** Returns a policy without schedules, by the clocks of UTC. */
    public static SnapshotPolicy of(RecordId<VolumeRecord> volume, RecordId<PoolRecord> store) {
        return new SnapshotPolicy(volume, store, ZoneOffset.UTC, List.of());
    }

    /** Returns this policy by the clocks of another zone. */
    public SnapshotPolicy in(ZoneId other) {
        return new SnapshotPolicy(volume, store, other, rules);
    }

    /** Returns this policy with another schedule, such as {@code keeping(7, "daily", Rhythm.daily(LocalTime.of(2, 0)))}. */
    public SnapshotPolicy keeping(int count, String name, Rhythm rhythm) {
        List<Rule> more = new ArrayList<>(rules);
        more.add(new Rule(name, rhythm, count));
        return new SnapshotPolicy(volume, store, zone, more);
    }
}
