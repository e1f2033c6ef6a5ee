package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which of qemu's open nodes reads from which, and which of them encrypt: qemu's own word at one moment, whoever opened them. */
final class BlockGraph {

    private static final String BACKING = "backing";

    private record Edge(String role, String child) {}

    private final Map<String, List<Edge>> children;
    private final Set<String> encrypting;

    private BlockGraph(Map<String, List<Edge>> children, Set<String> encrypting) {
        this.children = children;
        this.encrypting = encrypting;
    }

    /**
     * Asks for it.
     *
     * @throws DriverException with {@code UNSUPPORTED} if this qemu does not tell
     */
    static BlockGraph of(QmpClient client) throws InterruptedException {
        Map<String, List<Edge>> children = children(graph(client));
        Set<String> encrypting = new HashSet<>();
        QmpCommand question = QmpCommand.of("query-named-block-nodes").on("flat");
        for (QmpValue node : client.execute(question).items()) {
            if (node.at("encrypted").isOn()) {
                encrypting.add(node.at("node-name").text());
            }
        }
        return new BlockGraph(children, encrypting);
    }

    private static QmpValue graph(QmpClient client) throws InterruptedException {
        try {
            return client.execute(QmpCommand.of("x-debug-query-block-graph"));
        } catch (DriverException e) {
            if (e.failure() != Failure.UNSUPPORTED) {
                throw e;
            }
            throw DriverException.because(Failure.UNSUPPORTED)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("this qemu does not tell what its nodes lie over, so nobody knows what is encrypted; say"
                            + " intoPlaintext() if that does not matter");
        }
    }

    private static Map<String, List<Edge>> children(QmpValue graph) {
        Map<Long, String> names = new HashMap<>();
        Map<String, List<Edge>> children = new HashMap<>();
        for (QmpValue node : graph.at("nodes").items()) {
            if (node.at("type").text().equals("block-driver")) {
                String name = node.at("name").text();
                names.put(node.at("id").number(), name);
                children.put(name, new ArrayList<>());
            }
        }
        for (QmpValue edge : graph.at("edges").items()) {
            String parent = names.get(edge.at("parent").number()); // a job or a device is no node
            String child = names.get(edge.at("child").number());
            if (parent != null && child != null) {
                children.getOrDefault(parent, List.of())
                        .add(new Edge(edge.at("name").text(), child));
            }
        }
        return children;
    }

    boolean has(BlockNode node) {
        return children.containsKey(node.name());
    }

    /** Returns whether what it shows, or some of it, is encrypted where it is kept. */
    boolean readsEncrypted(BlockNode node) {
        return readsEncrypted(node.name());
    }

    private boolean readsEncrypted(String node) {
        return encrypting.contains(node)
                || edges(node).stream().map(Edge::child).anyMatch(this::readsEncrypted);
    }

    /** Returns whether all that is written to it is encrypted, by itself or by all that it hands it to. */
    boolean encrypts(BlockNode node) {
        return encrypts(node.name());
    }

    private boolean encrypts(String node) {
        List<String> writtenTo = edges(node).stream()
                .filter(edge -> !edge.role().equals(BACKING))
                .map(Edge::child)
                .toList();
        return encrypting.contains(node)
                || (!writtenTo.isEmpty() && writtenTo.stream().allMatch(this::encrypts));
    }

    /** Returns the lowest of the layers that a node lies over; itself if there is none. */
    BlockNode lowest(BlockNode node) {
        Optional<String> below = edges(node.name()).stream()
                .filter(edge -> edge.role().equals(BACKING))
                .map(Edge::child)
                .findFirst();
        return below.isPresent() ? lowest(BlockNode.named(below.get())) : node;
    }

    private List<Edge> edges(String node) {
        return children.getOrDefault(node, List.of());
    }
}
