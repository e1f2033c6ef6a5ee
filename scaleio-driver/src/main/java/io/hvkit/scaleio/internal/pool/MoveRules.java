package io.hvkit.scaleio.internal.pool;

import com.fasterxml.jackson.databind.JsonNode;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.List;

/** What cannot move, or not to that pool: looked at before anything is touched, so that the reason can be said. */
record MoveRules(ArrayCalls calls, TreeCalls trees, ArrayVolumes volumes) {

    private static final String FINE = "FineGranularity";

    /** Refuses a move that the array would refuse, or that would take along what nobody asked for. */
    void require(ArrayVolume volume, String target) throws InterruptedException {
        List<JsonNode> tree = trees.content(volume.place().tree());
        requireAlone(volume, tree);
        for (JsonNode one : tree) {
            requireNotReplicated(one);
        }
        JsonNode from = calls.object("StoragePool", volume.place().pool());
        JsonNode to = calls.object("StoragePool", target);
        requireLikeLayout(volume, tree, from, to);
        requireLikePadding(volume, from, to);
    }

    private void requireAlone(ArrayVolume volume, List<JsonNode> tree) {
        List<String> others = tree.stream()
                .map(ArrayVolume::of)
                .filter(one -> !one.id().equals(volume.id()))
                .filter(volumes::isVolume)
                .map(one -> one.name().isEmpty() ? one.id() : one.name())
                .toList();
        if (!others.isEmpty()) {
            throw refused(
                    "volume %s is in one tree with %s, and the array moves trees whole; copy the volume instead, or delete"
                            + " those first",
                    volume.id(), others);
        }
    }

    private static void requireNotReplicated(JsonNode one) {
        String state = one.path("volumeReplicationState").asText("");
        if (!state.isEmpty() && !state.equals("null") && !state.equals("UnmarkedForReplication")) {
            throw refused(
                    "volume %s is replicated (%s), and the array moves none that is; take it out of its replication first",
                    one.path("id").asText(""), state);
        }
    }

    private static void requireLikeLayout(ArrayVolume volume, List<JsonNode> tree, JsonNode from, JsonNode to) {
        if (layout(from).equals(layout(to))) {
            return;
        }
        if (tree.size() > 1) {
            throw refused(
                    "volume %s has snapshots, and pool %s another data layout (%s, not %s): the array moves such a volume"
                            + " without snapshots alone; delete them first, or copy the volume",
                    volume.id(), name(to), layout(to), layout(from));
        }
        if (tree.stream().anyMatch(one -> isNamed(one.path("snplIdOfSourceVolume")))) {
            throw refused(
                    "volume %s is in a snapshot policy, and pool %s has another data layout (%s, not %s); take it out of the"
                            + " policy first, or copy the volume",
                    volume.id(), name(to), layout(to), layout(from));
        }
    }

    private static boolean isNamed(JsonNode id) {
        return id.isTextual() && !id.asText().isEmpty();
    }

    private static void requireLikePadding(ArrayVolume volume, JsonNode from, JsonNode to) {
        if (layout(from).equals(FINE)) {
            return;
        }
        boolean padded = isPadded(from);
        if (layout(to).equals(FINE) ? !padded : padded != isPadded(to)) {
            throw refused(
                    "volume %s is in pool %s, whose zero padding is %s, and pool %s needs it to be %s; copy the volume"
                            + " instead",
                    volume.id(), name(from), word(padded), name(to), word(!padded));
        }
    }

    private static String word(boolean padded) {
        return padded ? "on" : "off";
    }

    private static boolean isPadded(JsonNode pool) {
        return pool.path("zeroPaddingEnabled").asBoolean(false);
    }

    private static String layout(JsonNode pool) {
        return pool.path("dataLayout").asText("");
    }

    private static String name(JsonNode pool) {
        return pool.path("name").asText("");
    }

    private static DriverException refused(String format, Object... arguments) {
        return DriverException.because(Failure.UNSUPPORTED).message(format, arguments);
    }
}
