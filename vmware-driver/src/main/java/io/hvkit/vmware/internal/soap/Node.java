package io.hvkit.vmware.internal.soap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** An element of an answer. Not changed any more once it was read. */
public final class Node {

    private static final Set<String> SIMPLE =
            Set.of("string", "boolean", "byte", "short", "int", "long", "float", "double", "dateTime", "base64Binary");

    private final String name;
    private final String type;
    private final String refType;
    private final List<Node> children = new ArrayList<>();
    private String text = "";
    private String written = "";

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

    /** Returns this with another child, before the first of those names. */
    public Node with(Data child, String name, Set<String> following) {
        Node grown = new Node(this.name, type, refType);
        int at = 0;
        while (at < children.size() && !following.contains(children.get(at).name)) {
            at++;
        }
        StringBuilder written = new StringBuilder();
        Data.write(name, child, written);
        Node raw = new Node(name, "", "");
        raw.written = written.toString();
        grown.children.addAll(children);
        grown.children.add(at, raw);
        return grown;
    }

    /** Returns this with another child in place of the first of its name. */
    public Node replacing(Node child) {
        Node changed = new Node(name, type, refType);
        for (Node each : children) {
            changed.add(each.name.equals(child.name) ? child : each);
        }
        return changed;
    }

    /** Writes what follows an element's name: its attributes, and what it has. */
    void writeTo(StringBuilder out) {
        if (!type.isEmpty()) {
            out.append(" xsi:type=\"")
                    .append(SIMPLE.contains(type) ? "xsd:" : "")
                    .append(type)
                    .append('"');
        }
        if (!refType.isEmpty()) {
            out.append(" type=\"").append(refType).append('"');
        }
        out.append('>');
        for (Node child : children) {
            if (child.written.isEmpty()) {
                Data.write(child.name, child, out);
            } else {
                out.append(child.written);
            }
        }
        Escaped.append(children.isEmpty() ? text : "", out);
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
