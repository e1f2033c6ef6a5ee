package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A value of the monitor's language, JSON: an object, a list, a text, a number, a switch, or nothing. Immutable. Whoever reads
 * asks for the kind that he expects; if it is another, the failure is {@code DEFECT} and names the place, such as {@code
 * query-jobs: [2].id}.
 */
public final class QmpValue {

    private static final QmpValue EMPTY = new QmpValue(Map.of(), "");

    /** What stands for JSON's null, which collections here do not hold. */
    enum Nothing {
        NOTHING
    }

    private final Object value;
    private final String place;

    private QmpValue(Object value, String place) {
        this.value = value;
        this.place = place;
    }

    /** Returns an object without members, to which {@link #with} adds. */
    public static QmpValue object() {
        return EMPTY;
    }

    /** Returns a text. */
    public static QmpValue of(String text) {
        return new QmpValue(text, "");
    }

    /** Returns a number. */
    public static QmpValue of(long number) {
        return new QmpValue(number, "");
    }

    /** Returns a list. */
    public static QmpValue list(List<QmpValue> items) {
        return new QmpValue(items.stream().map(item -> item.value).toList(), "");
    }

    /** Returns JSON's null, which is how an object says that it has none of something. */
    public static QmpValue nothing() {
        return new QmpValue(Nothing.NOTHING, "");
    }

    /**
     * Reads an object from JSON, such as other tools write it.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is anything else, or has the same member twice
     */
    public static QmpValue parse(String json) {
        try {
            return QmpJson.parse(StandardCharsets.UTF_8.encode(json));
        } catch (QmpViolation e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("this is no object of JSON: %s", String.valueOf(e.getMessage()));
        }
    }

    /** Returns a value of maps, lists, texts, numbers, switches and {@link Nothing} that nobody will change. */
    static QmpValue parsed(Object tree, String place) {
        return new QmpValue(tree, place);
    }

    /** Returns the same, found somewhere else. */
    QmpValue foundIn(String other) {
        return new QmpValue(value, other);
    }

    /** Returns the tree of maps, lists, texts, numbers, switches and {@link Nothing}. */
    Object tree() {
        return value;
    }

    /**
     * Returns this object with a member, which replaces one of that name.
     *
     * @throws DriverException with {@code DEFECT} if this is no object
     */
    public QmpValue with(String name, QmpValue member) {
        Map<String, Object> members = new LinkedHashMap<>(members());
        members.put(name, member.value);
        return new QmpValue(Collections.unmodifiableMap(members), place);
    }

    /** Returns this object with a text; see {@link #with(String, QmpValue)}. */
    public QmpValue with(String name, String text) {
        return with(name, of(text));
    }

    /** Returns this object with a number; see {@link #with(String, QmpValue)}. */
    public QmpValue with(String name, long number) {
        return with(name, of(number));
    }

    /** Returns this object with a switch turned on; see {@link #with(String, QmpValue)}. */
    public QmpValue on(String name) {
        return with(name, new QmpValue(true, ""));
    }

    /** Returns this object with a switch turned off; see {@link #with(String, QmpValue)}. */
    public QmpValue off(String name) {
        return with(name, new QmpValue(false, ""));
    }

    /**
     * Returns a member that must be there.
     *
     * @throws DriverException with {@code DEFECT} if it is missing, or this is no object
     */
    public QmpValue at(String name) {
        Object member = members().get(name);
        if (member == null) {
            throw defect("there is no " + below(name));
        }
        return new QmpValue(member, below(name));
    }

    /**
     * Returns a member, if it is there and is not JSON's null.
     *
     * @throws DriverException with {@code DEFECT} if this is no object
     */
    public Optional<QmpValue> find(String name) {
        return Optional.ofNullable(members().get(name))
                .filter(member -> member != Nothing.NOTHING)
                .map(member -> new QmpValue(member, below(name)));
    }

    /**
     * Returns the names of an object's members, in its order.
     *
     * @throws DriverException with {@code DEFECT} if this is no object
     */
    public Set<String> names() {
        return members().keySet();
    }

    /**
     * Returns what is in a list.
     *
     * @throws DriverException with {@code DEFECT} if this is no list
     */
    public List<QmpValue> items() {
        if (!(value instanceof List<?> list)) {
            throw notA("a list");
        }
        List<QmpValue> items = new ArrayList<>(list.size());
        for (Object item : list) {
            items.add(new QmpValue(item, place + "[" + items.size() + "]"));
        }
        return Collections.unmodifiableList(items);
    }

    /**
     * Returns a text.
     *
     * @throws DriverException with {@code DEFECT} if this is none
     */
    public String text() {
        if (value instanceof String text) {
            return text;
        }
        throw notA("a text");
    }

    /**
     * Returns a whole number.
     *
     * @throws DriverException with {@code DEFECT} if this is none, or is out of the range of {@code long}
     */
    public long number() {
        if (value instanceof Long number) {
            return number;
        }
        throw notA("a whole number in the range of a long");
    }

    /**
     * Returns a number of bytes.
     *
     * @throws DriverException with {@code DEFECT} if this is none
     */
    public ByteSize size() {
        if (number() < 0) {
            throw notA("a number of bytes");
        }
        return ByteSize.bytes(number());
    }

    /**
     * Returns a number with a fraction, or the nearest one to a whole number.
     *
     * @throws DriverException with {@code DEFECT} if this is none
     */
    public double fraction() {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw notA("a number");
    }

    /**
     * Returns whether a switch is on.
     *
     * @throws DriverException with {@code DEFECT} if this is none
     */
    public boolean isOn() {
        if (value instanceof Boolean on) {
            return on;
        }
        throw notA("a switch");
    }

    /** Returns whether this is an object. */
    public boolean isObject() {
        return value instanceof Map;
    }

    /** Returns whether this is a list. */
    public boolean isList() {
        return value instanceof List;
    }

    /** Returns it as JSON in one line of ASCII. This is the only way in which content is shown. */
    public String toJson() {
        return QmpJson.write(this);
    }

    /** Returns whether both say the same, wherever they were found. */
    @Override
    public boolean equals(Object other) {
        return other instanceof QmpValue that && that.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    /** Returns its kind, for people; never its content, which may be nobody else's business. */
    @Override
    public String toString() {
        return kind();
    }

    @SuppressWarnings("unchecked") // only the parser and with() make them, and they make no others
    private Map<String, Object> members() {
        if (value instanceof Map) {
            return (Map<String, Object>) value;
        }
        throw notA("an object");
    }

    private String below(String name) {
        return place.isEmpty() || place.endsWith(" ") ? place + name : place + "." + name;
    }

    private String kind() {
        if (value instanceof Map<?, ?> members) {
            return "an object of " + members.size();
        } else if (value instanceof List<?> items) {
            return "a list of " + items.size();
        } else if (value instanceof String text) {
            return "a text of " + text.length();
        } else if (value instanceof BigInteger) {
            return "a very large number";
        } else if (value instanceof Number) {
            return "a number";
        }
        return value instanceof Boolean ? "a switch" : "nothing";
    }

    private DriverException notA(String expected) {
        return defect(place.strip() + " is " + kind() + ", not " + expected);
    }

    private static DriverException defect(String message) {
        return DriverException.because(Failure.DEFECT).message("what the monitor says is not understood: %s", message);
    }
}
