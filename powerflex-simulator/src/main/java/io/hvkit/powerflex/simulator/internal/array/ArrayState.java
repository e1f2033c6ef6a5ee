package io.hvkit.powerflex.simulator.internal.array;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that an array knows, as it is kept from one run to the next: ids as answers write them, instants and durations as ISO 8601
 * does.
 *
 * @param format 1
 * @param clock what time it was
 * @param counters how many ids of each kind were given out
 * @param restricted whether only hosts that were approved may have mappings
 */
public record ArrayState(
        int format,
        String clock,
        Map<String, Integer> counters,
        boolean restricted,
        List<Domain> domains,
        List<Pool> pools,
        List<Host> hosts,
        List<Tree> trees,
        List<Disk> volumes) {

    static final int FORMAT = 1;

    /** A protection domain. */
    public record Domain(String id, String name, boolean erasureCoding) {}

    /** A storage pool. */
    public record Pool(
            String id,
            String name,
            String domain,
            long usableKb,
            DataLayout layout,
            boolean zeroPadding,
            List<StoragePool.Trouble> troubles) {}

    /** A host's client, with the host's own name. */
    public record Host(
            String id,
            String host,
            String guid,
            String ip,
            @Nullable String name,
            boolean connected,
            boolean approved,
            String profile) {}

    /** A tree of volumes, and its journey to another pool. */
    public record Tree(
            String id,
            String name,
            String pool,
            @Nullable String failure,
            @Nullable Journey migration) {}

    /** A migration: how far it is, and since when in its state. */
    public record Journey(
            String source,
            String destination,
            String heading,
            String conversion,
            Migration.Patience patience,
            MigrationStatus status,
            String since,
            String moved) {}

    /** A volume or a snapshot. */
    public record Disk(
            String id,
            @Nullable String name,
            String tree,
            String created,
            VolumeKind kind,
            long sizeKb,
            @Nullable String ancestor,
            @Nullable String group,
            String accessModeLimit,
            boolean readCache,
            String compression,
            String securedUntil,
            @Nullable String goneAt,
            boolean replicated,
            List<Use> mappings) {}

    /** A mapping to a host's client. */
    public record Use(String sdc, String accessMode, int limitIops, long limitKbps) {}

    /** Returns whether the two differ in nothing but the time of day. */
    public boolean isButForTheClock(ArrayState other) {
        return at("").equals(other.at(""));
    }

    private ArrayState at(String time) {
        return new ArrayState(format, time, counters, restricted, domains, pools, hosts, trees, volumes);
    }
}
