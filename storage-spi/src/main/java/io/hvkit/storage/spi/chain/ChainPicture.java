package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Chains as text, one line a layer, each below the one it stands on. */
@Incubating(since = "0.1")
public final class ChainPicture {

    private final ChainGraph graph;
    private final StringBuilder text = new StringBuilder();

    private ChainPicture(ChainGraph graph) {
        this.graph = graph;
    }

    /** Returns a picture of everything: each store with its layers, then the snapshots that have none. */
    public static String of(ChainGraph graph) {
        ChainPicture picture = new ChainPicture(graph);
        ChainRows rows = graph.rows();
        for (ChainStore store : rows.stores()) {
            picture.text
                    .append(store.id())
                    .append(store.standing() == ChainStore.Standing.UP ? "" : " (down)")
                    .append('\n');
            rows.layers().stream()
                    .filter(layer -> layer.id().store().equals(store.id())
                            && layer.parent().isEmpty())
                    .forEach(picture::draw);
        }
        rows.snapshots().stream()
                .filter(snapshot -> snapshot.replicas().isEmpty())
                .forEach(
                        snapshot -> picture.text.append(snapshot.id() + "  " + word(snapshot.state()) + ", nowhere\n"));
        return picture.text.toString();
    }

    /** A layer that is still to be drawn. */
    private record Open(Layer layer, int depth, String indent) {}

    private void draw(Layer root) {
        Deque<Open> open = new ArrayDeque<>(List.of(new Open(root, 1, "  ")));
        while (!open.isEmpty()) {
            Open next = open.pop();
            line(next);
            List<Layer> children = new ArrayList<>();
            Links links = graph.state().linksOf(next.layer.id());
            links.children().keys().forEach(child -> graph.layer(child).ifPresent(children::add));
            links.dying().keys().forEach(child -> graph.layer(child).ifPresent(children::add));
            String indent = children.size() > 1 ? next.indent + "   " : next.indent;
            Collections.reverse(children);
            children.forEach(child -> open.push(new Open(child, next.depth + 1, indent)));
        }
    }

    private void line(Open at) {
        Layer layer = at.layer;
        text.append(at.indent)
                .append(at.depth == 1 ? "" : "+- ")
                .append(layer.id().name())
                .append(at.depth == 1 ? "  full, " : "  delta, " + at.depth + " layers long, ")
                .append(word(layer.state()));
        holders(graph.snapshotsOn(layer.id()), layer);
        holders(graph.deletedOn(layer.id()), layer);
        text.append(readers(graph.volumesOn(layer.id()))).append('\n');
    }

    private void holders(Collection<SnapshotId> snapshots, Layer layer) {
        for (SnapshotId id : snapshots) {
            LogicalSnapshot snapshot = graph.require(id);
            Optional<Replica> replica = snapshot.replicaIn(layer.id().store());
            text.append("; ")
                    .append(id)
                    .append(' ')
                    .append(word(snapshot.state()))
                    .append(replica.map(some -> " (" + word(some.state()) + ")").orElse(""));
        }
    }

    private static String readers(Collection<VolumeId> volumes) {
        return volumes.isEmpty()
                ? ""
                : volumes.stream().map(VolumeId::value).collect(Collectors.joining(", ", "; read by volume ", ""));
    }

    /** Returns a state as operators write it: BackedUp, CreatedOnPrimary. */
    private static String word(Enum<?> state) {
        StringBuilder word = new StringBuilder();
        for (String part : state.name().toLowerCase(Locale.ROOT).split("_", -1)) {
            word.append(Character.toUpperCase(part.charAt(0))).append(part.substring(1));
        }
        return word.toString();
    }
}
