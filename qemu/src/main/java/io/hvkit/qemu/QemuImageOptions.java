package io.hvkit.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How qemu opens an image, as a tree of its block drivers: a format driver over a protocol driver over whatever that needs.
 * Immutable. Any text is a value: nothing in it is taken for syntax.
 *
 * <pre>{@code
 * QemuImageOptions.driver("qcow2").over(QemuImageOptions.file(Path.of("/pool/a,b.qcow2"))).toOptionText();
 * // driver=qcow2,file.driver=file,file.filename=/pool/a,,b.qcow2
 * }</pre>
 */
public final class QemuImageOptions {

    private static final String FILE = "file";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII) // so that no locale can change it on its way to qemu
            .build();

    /** Values are texts, numbers, switches, and maps of the same. */
    private final Map<String, Object> values;

    private QemuImageOptions(Map<String, Object> values) {
        this.values = values;
    }

    /**
     * Returns a node of a driver, such as {@code qcow2}, {@code luks}, {@code raw}, {@code file} or {@code nbd}.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if {@code name} is no name
     */
    public static QemuImageOptions driver(String name) {
        return new QemuImageOptions(Map.of()).with("driver", QemuText.requireName(name));
    }

    /** Returns a node for a regular file. */
    public static QemuImageOptions file(Path path) {
        return driver(FILE).with("filename", ImagePath.of(path).toString());
    }

    /** Returns a node for a block device. */
    public static QemuImageOptions blockDevice(Path path) {
        return driver("host_device").with("filename", ImagePath.of(path).toString());
    }

    /**
     * Returns this node with an option, which replaces the one it had under that name.
     *
     * @param name as in qemu's documents, with dots between the levels, such as {@code encrypt.key-secret}
     * @throws DriverException with {@code INVALID_REQUEST} if {@code name} is no name, is taken by a node, or {@code value}
     *     holds a NUL character
     */
    public QemuImageOptions with(String name, String value) {
        return put(name, QemuText.requireValue(name, value));
    }

    /**
     * Returns this node with a number.
     *
     * @throws DriverException as {@link #with(String, String)} does
     */
    public QemuImageOptions with(String name, long value) {
        return put(name, value);
    }

    /**
     * Returns this node with a switch turned on, such as {@code read-only}.
     *
     * @throws DriverException as {@link #with(String, String)} does
     */
    public QemuImageOptions on(String name) {
        return put(name, true);
    }

    /**
     * Returns this node with a switch turned off.
     *
     * @throws DriverException as {@link #with(String, String)} does
     */
    public QemuImageOptions off(String name) {
        return put(name, false);
    }

    /** Returns this node reading and writing through {@code lower}, under qemu's usual name for it, {@code file}. */
    public QemuImageOptions over(QemuImageOptions lower) {
        return over(FILE, lower);
    }

    /**
     * Returns this node with {@code lower} under another name, such as {@code backing} or {@code data-file}.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if {@code name} is no name or is taken by an option
     */
    public QemuImageOptions over(String name, QemuImageOptions lower) {
        return put(name, lower.values);
    }

    /** Returns the text for {@code --image-opts}, {@code -drive} and {@code --blockdev}. */
    public String toOptionText() {
        List<String> parts = new ArrayList<>();
        flatten("", values, parts);
        return String.join(",", parts);
    }

    /** Returns the text for places that take a file name alone: {@code json:} and an object, in ASCII. */
    public String toJson() {
        try {
            return "json:" + JSON.writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw DriverException.because(Failure.DEFECT).causedBy(e).message("options that are no JSON: %s", values);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QemuImageOptions options && options.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** Returns the same as {@link #toOptionText}. */
    @Override
    public String toString() {
        return toOptionText();
    }

    private QemuImageOptions put(String name, Object value) {
        QemuText.requireName(name);
        return new QemuImageOptions(put(values, List.of(name.split("\\.", -1)), value, name));
    }

    private static Map<String, Object> put(Map<String, Object> node, List<String> names, Object value, String whole) {
        Map<String, Object> copy = new LinkedHashMap<>(node);
        String first = names.get(0);
        Object there = copy.getOrDefault(first, value);
        if (names.size() == 1) {
            if (there instanceof Map != value instanceof Map) {
                throw taken(whole);
            }
            copy.put(first, value);
        } else {
            if (copy.containsKey(first) && !(there instanceof Map)) {
                throw taken(whole);
            }
            Map<String, Object> below = copy.containsKey(first) ? child(there) : Map.of();
            copy.put(first, put(below, names.subList(1, names.size()), value, whole));
        }
        return copy;
    }

    private static void flatten(String prefix, Map<String, Object> node, List<String> parts) {
        node.forEach((name, value) -> {
            if (value instanceof Map) {
                flatten(prefix + name + ".", child(value), parts);
            } else if (value instanceof Boolean on) {
                parts.add(QemuText.option(prefix + name, on ? "on" : "off"));
            } else {
                parts.add(QemuText.option(prefix + name, value.toString()));
            }
        });
    }

    @SuppressWarnings("unchecked") // only put() makes them, and it makes no others
    private static Map<String, Object> child(Object value) {
        return (Map<String, Object>) value;
    }

    private static DriverException taken(String name) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .message("'%s' cannot be a value and a node at once", name);
    }
}
