package io.hvkit.vmware.internal.soap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * An object of the vSphere API that is sent, or the arguments of a method. Whatever the order in which its parts were named, they
 * are written in the order that {@link FieldOrder} knows. Immutable.
 */
public final class Data {

    private record Part(int place, String name, Object value) {}

    private final String type;
    private final List<Part> parts;

    private Data(String type, List<Part> parts) {
        this.type = type;
        this.parts = parts;
    }

    /** Returns an object of that type without parts, or no arguments for that method. */
    public static Data of(String type) {
        FieldOrder.of(type); // an unknown one fails here, and not on its way
        return new Data(type, List.of());
    }

    /**
     * Returns this with one more part.
     *
     * @param value a text, number, truth value, {@link Ref}, {@link Text}, {@link Node} that a vCenter sent, or {@code Data}; an {@link Optional} that may be absent, or
     *     a collection, whose elements follow each other
     * @throws IllegalArgumentException if there is no such part
     */
    public Data with(String name, Object value) {
        int place = FieldOrder.placesIn(type).apply(name);
        List<Part> more = new ArrayList<>(parts);
        if (value instanceof Optional<?> maybe) {
            maybe.ifPresent(present -> more.add(new Part(place, name, present)));
        } else if (value instanceof Collection<?> several) {
            several.forEach(one -> more.add(new Part(place, name, one)));
        } else {
            more.add(new Part(place, name, value));
        }
        more.sort((one, other) -> Integer.compare(one.place, other.place)); // stable: equal parts stay in order
        return new Data(type, List.copyOf(more));
    }

    /**
     * A text where anything may stand.
     *
     * @param text what it says
     */
    public record Text(String text) {}

    /** Returns its type. */
    String type() {
        return type;
    }

    /** Writes its parts. */
    void writeTo(StringBuilder out) {
        for (Part part : parts) {
            write(part.name, part.value, out);
        }
    }

    static void write(String name, Object value, StringBuilder out) {
        out.append('<').append(name);
        if (value instanceof Ref ref) {
            out.append(" type=\"");
            Escaped.append(ref.type(), out);
            out.append("\">");
            Escaped.append(ref.value(), out);
        } else if (value instanceof Data data) {
            out.append(" xsi:type=\"").append(data.type).append("\">");
            data.writeTo(out);
        } else if (value instanceof Node node) {
            node.writeTo(out);
        } else if (value instanceof Text text) {
            out.append(" xsi:type=\"xsd:string\">");
            Escaped.append(text.text(), out);
        } else {
            out.append('>');
            Escaped.append(value.toString(), out);
        }
        out.append("</").append(name).append('>');
    }

    @Override
    public String toString() {
        return type + parts.stream().map(Part::name).toList();
    }
}
