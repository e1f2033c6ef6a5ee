package io.hvkit.engine.setting;

import io.hvkit.core.Incubating;
import io.hvkit.engine.placement.PlacementOrder;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.setting.Setting.Level;
import io.hvkit.hypervisor.spi.HypervisorSettings;
import io.hvkit.storage.spi.chain.ChainLimit;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The settings that every engine has. Their names are those that operators know. */
@Incubating(since = "0.1")
public final class StandardSettings {

    /** A set of tags, written with commas between. */
    public record Tags(Set<String> all) {

        /**
         * Copies the set.
         *
         * @throws IllegalArgumentException if a tag is blank or has a comma
         */
        public Tags {
            all = Set.copyOf(all);
            if (all.stream().anyMatch(tag -> tag.isBlank() || tag.contains(","))) {
                throw new IllegalArgumentException("a tag is not blank and has no comma: " + all);
            }
        }

        /** Reads tags with commas between; blanks around them do not count. */
        public static Tags parse(String text) {
            return new Tags(Arrays.stream(text.split(",", -1))
                    .map(String::strip)
                    .filter(tag -> !tag.isEmpty())
                    .collect(Collectors.toSet()));
        }

        @Override
        public String toString() {
            return String.join(",", new TreeSet<>(all));
        }
    }

    /** In which order pools that qualify are taken. */
    public static final Setting<PlacementOrder> ALLOCATION_ALGORITHM = Setting.of(
                    "volume.allocation.algorithm",
                    "random, userdispersing or firstfitleastconsumed",
                    PlacementOrder::named,
                    PlacementOrder.RANDOM)
            .alsoFor(Level.ZONE);

    /** How much of what a pool may promise is promised at most. */
    public static final Setting<Ratio> ALLOCATED_THRESHOLD = share("pool.storage.allocated.capacity.disablethreshold");

    /** How much of a pool that promises more than it has may be in use before it takes no more. */
    public static final Setting<Ratio> USED_THRESHOLD = share("pool.storage.capacity.disablethreshold");

    /** How many times its capacity a pool may promise. */
    public static final Setting<Ratio> OVERPROVISIONING = Setting.of(
                    "storage.overprovisioning.factor", "a factor from 1 to 1000", StandardSettings::factor, Ratio.ONE)
            .alsoFor(Level.ZONE, Level.POOL);

    /** The tags of a pool. */
    public static final Setting<Tags> STORAGE_TAGS = Setting.of(
                    "storage.tags", "tags with commas between", Tags::parse, new Tags(Set.of()))
            .alsoFor(Level.POOL);

    /** How many layers a chain of snapshots may have in a store. */
    public static final Setting<ChainLimit> SNAPSHOT_DELTA_MAX = Setting.of(
                    "snapshot.delta.max",
                    "a number of layers, or unlimited, which is -1",
                    StandardSettings::layers,
                    ChainLimit.USUAL)
            .alsoFor(Level.ZONE, Level.POOL);

    /** Whether machines on vSphere are full clones; its driver asks when a host is opened. */
    public static final Setting<Boolean> VMWARE_FULL_CLONE =
            Setting.onOff("vmware.create.full.clone", Boolean.FALSE).alsoFor(Level.POOL);

    /** Whether work of one host of vSphere may be done at once although machines are full clones; its driver asks when a host is opened. */
    public static final Setting<Boolean> VMWARE_PARALLEL =
            Setting.onOff("vmware.allow.parallel.command.execution", Boolean.FALSE);

    /** What people read for the custom hypervisor type. */
    public static final Setting<String> CUSTOM_DISPLAY_NAME =
            Setting.of(HypervisorSettings.CUSTOM_DISPLAY_NAME, "a name", StandardSettings::anything, "Custom");

    /** The hypervisor types to offer. */
    public static final Setting<String> HYPERVISOR_LIST = Setting.of(
            HypervisorSettings.LIST, "types with commas between, or nothing for all", StandardSettings::anything, "");

    private static final List<Setting<?>> ALL = List.of(
            ALLOCATION_ALGORITHM,
            ALLOCATED_THRESHOLD,
            USED_THRESHOLD,
            OVERPROVISIONING,
            STORAGE_TAGS,
            SNAPSHOT_DELTA_MAX,
            VMWARE_FULL_CLONE,
            VMWARE_PARALLEL,
            CUSTOM_DISPLAY_NAME,
            HYPERVISOR_LIST);

    private StandardSettings() {}

    /** Returns all of them. */
    public static List<Setting<?>> all() {
        return ALL;
    }

    private static Setting<Ratio> share(String name) {
        return Setting.of(name, "a share above 0, up to 1", StandardSettings::upToOne, Ratio.parse("0.85"))
                .alsoFor(Level.ZONE);
    }

    private static Ratio upToOne(String text) {
        Ratio share = Ratio.parse(text);
        if (share.compareTo(Ratio.ONE) > 0) {
            throw new IllegalArgumentException("it is more than a whole");
        }
        return share;
    }

    private static Ratio factor(String text) {
        Ratio factor = Ratio.parse(text);
        if (factor.compareTo(Ratio.ONE) < 0) {
            throw new IllegalArgumentException("a pool promises what it has, at least");
        }
        return factor;
    }

    private static ChainLimit layers(String text) {
        return text.equals(ChainLimit.UNLIMITED.toString())
                ? ChainLimit.UNLIMITED
                : new ChainLimit(Integer.parseInt(text));
    }

    private static String anything(String text) {
        return text;
    }
}
