package io.hvkit.vmware.internal.soap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** An element of an answer. Not changed any more once it was read. */
public final class Node {

    private final String name;
    private final String type;
    private final String refType;
    private final List<Node> children = new ArrayList<>();
    private String text = "";

    /**
     * @param type what it says it is, without a prefix; empty if it does not
     * @param refType the kind of object that it refers to; empty if it does not
     */
    Node(String name, String type, String refType) {
        this.name = name;
        this.type = type;
        this.refType = refType;
    }

    void add(Node child) {
        children.add(child);
    }

    void say(String words) {
        text = words;
    }

    boolean isLeaf() {
        return children.isEmpty();
    }

    /** Returns its name. */
    public String name() {
        return name;
    }

    /** Returns the type that it says it is; empty if it does not. */
    public String type() {
        return type;
    }

    /** Returns its text; empty if it has children. */
    public String text() {
        return text;
    }

    /** Returns what it has, in order. */
    public List<Node> children() {
        return List.copyOf(children);
    }

    /** Returns those of that name, in order. */
    public Stream<Node> all(String wanted) {
        return children.stream().filter(child -> child.name.equals(wanted));
    }

    /** Returns the first at the end of a path. */
    public Optional<Node> at(String... path) {
        Node here = this;
        for (String step : path) {
            Optional<Node> next = here.all(step).findFirst();
            if (next.isEmpty()) {
                return Optional.empty();
            }
            here = next.get();
        }
        return Optional.of(here);
    }

    /** Returns the text at the end of a path; empty if there is none. */
    public String text(String... path) {
        return at(path).map(Node::text).orElse("");
    }

    /** Returns the object that it refers to. */
    public Ref ref() {
        return new Ref(refType, text);
    }

    @Override
    public String toString() {
        return name
                + (type.isEmpty() ? "" : "(" + type + ")")
                + (children.isEmpty() ? "" : children.stream().map(Node::name).toList());
    }
}
