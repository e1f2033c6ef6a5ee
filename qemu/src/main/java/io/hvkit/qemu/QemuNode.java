package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Values under names, in the order they were given. Names that are the numbers from 0 on make it a list, as they do for qemu.
 */
record QemuNode(Map<String, QemuValue> entries) implements QemuValue {

    static final QemuNode EMPTY = new QemuNode(Map.of());

    static final String DRIVER = "driver";
    static final String FILE = "file";
    static final String HOST_DEVICE = "host_device";
    static final String FILENAME = "filename";

    private static final Pattern INDEX = Pattern.compile("0|[1-9]\\d{0,3}");

    /**
     * Returns this node with a value under {@code name}, which may lead through nodes below.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if {@code name} is no name, a value would take a node's place or a
     *     node a value's, or a list would have a gap
     */
    QemuNode with(String name, QemuValue value) {
        return with(List.of(QemuText.requireName(name).split("\\.", -1)), value, name);
    }

    /** Returns this node without the value under {@code name}, which leads nowhere. */
    QemuNode without(String name) {
        Map<String, QemuValue> copy = new LinkedHashMap<>(entries);
        copy.remove(name);
        return new QemuNode(Collections.unmodifiableMap(copy));
    }

    /** Returns this node with each value below it, nodes aside, replaced. */
    QemuNode mapped(UnaryOperator<QemuValue> change) {
        Map<String, QemuValue> copy = new LinkedHashMap<>();
        entries.forEach((name, value) ->
                copy.put(name, value instanceof QemuNode node ? node.mapped(change) : change.apply(value)));
        return new QemuNode(Collections.unmodifiableMap(copy));
    }

    /** Returns this node with the values of another, which replace its own. */
    QemuNode withAll(QemuNode other) {
        Map<String, QemuValue> copy = new LinkedHashMap<>(entries);
        copy.putAll(other.entries);
        return new QemuNode(Collections.unmodifiableMap(copy));
    }

    /** Returns this node with ids in the place of keys, here and in the objects that it needs. */
    QemuNode naming(Function<Secret, String> ids) {
        return mapped(value -> {
            if (value instanceof QemuValue.Key key) {
                return new QemuValue.Text(ids.apply(key.secret()));
            }
            return value instanceof QemuValue.Reference reference
                    ? new QemuValue.Reference(reference.object().naming(ids))
                    : value;
        });
    }

    /** Returns the keys that have no id yet, each once: those of objects first. */
    List<Secret> secrets() {
        return Stream.concat(
                        objects().stream().flatMap(object -> object.secrets().stream()),
                        leaves().flatMap(
                                        v -> v instanceof QemuValue.Key key ? Stream.of(key.secret()) : Stream.empty()))
                .distinct()
                .toList();
    }

    /** Returns the objects that it needs, each once. */
    List<QemuObject> objects() {
        return leaves().flatMap(
                        v -> v instanceof QemuValue.Reference needed ? Stream.of(needed.object()) : Stream.empty())
                .distinct()
                .toList();
    }

    /**
     * Sees to it that it can be written down.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if there is a key that has no id yet
     */
    void requireNamed() {
        if (!secrets().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("'%s' needs a key that has no id yet; say which with naming(...)", text());
        }
    }

    /** Returns each value below it, nodes aside. */
    Stream<QemuValue> leaves() {
        return entries.values().stream().flatMap(v -> v instanceof QemuNode node ? node.leaves() : Stream.of(v));
    }

    /** Returns the file or block device that this is, and nothing else. */
    Optional<Path> path() {
        boolean isPath = !entries.containsKey(DRIVER)
                || Set.of(FILE, HOST_DEVICE).contains(entries.get(DRIVER).text());
        return Optional.ofNullable(isPath ? entries.get(FILENAME) : null).map(name -> Path.of(name.text()));
    }

    /** Returns this node with a driver for each path, here and below, that has none: what is there says which. */
    QemuNode stating(HostFiles files) throws InterruptedException {
        Set<Path> devices = new HashSet<>();
        for (Path path : pathsWithoutDriver()) {
            if (files.status(path).kind() == FileStatus.Kind.BLOCK_DEVICE) {
                devices.add(path);
            }
        }
        return withDrivers(path -> devices.contains(path) ? HOST_DEVICE : FILE);
    }

    private QemuNode withDrivers(Function<Path, String> driver) {
        Map<String, QemuValue> copy = new LinkedHashMap<>();
        if (!entries.containsKey(DRIVER)) {
            path().ifPresent(path -> copy.put(DRIVER, new Text(driver.apply(path))));
        }
        entries.forEach(
                (name, value) -> copy.put(name, value instanceof QemuNode node ? node.withDrivers(driver) : value));
        return new QemuNode(Collections.unmodifiableMap(copy));
    }

    /**
     * Sees to it that qemu is told of each path what is there, which {@code blockdev-add} wants.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if a path is not said to be a file or a block device
     */
    void requireDrivers() {
        pathsWithoutDriver().stream().findFirst().ifPresent(path -> {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is a file or a block device, and blockdev-add wants to know; use stating(...)", path);
        });
    }

    private List<Path> pathsWithoutDriver() {
        return nodes().filter(node -> !node.entries.containsKey(DRIVER))
                .flatMap(node -> node.path().stream())
                .toList();
    }

    private Stream<QemuNode> nodes() {
        return Stream.concat(
                Stream.of(this),
                entries.values().stream().flatMap(v -> v instanceof QemuNode node ? node.nodes() : Stream.empty()));
    }

    /** Hands on each value below it, nodes aside, under its whole name. */
    void flatten(BiConsumer<String, String> reader) {
        entries.forEach((name, value) -> {
            if (value instanceof QemuNode node) {
                node.flatten((below, text) -> reader.accept(name + "." + below, text));
            } else {
                reader.accept(name, value.text());
            }
        });
    }

    @Override
    public String text() {
        StringBuilder text = new StringBuilder();
        flatten((name, value) -> text.append(text.isEmpty() ? "" : ",").append(QemuText.option(name, value)));
        return text.toString();
    }

    /** Returns whether its names are places in a list. */
    boolean isList() {
        return entries.containsKey("0");
    }

    private QemuNode with(List<String> names, QemuValue value, String whole) {
        String first = names.get(0);
        requirePlace(first, whole);
        QemuValue there = entries.get(first);
        QemuValue changed = value;
        if (names.size() > 1) {
            QemuNode below = there == null ? EMPTY : there instanceof QemuNode node ? node : refuse(whole);
            changed = below.with(names.subList(1, names.size()), value, whole);
        } else if (there != null && there instanceof QemuNode != value instanceof QemuNode) {
            refuse(whole);
        }
        Map<String, QemuValue> copy = new LinkedHashMap<>(entries);
        copy.put(first, changed);
        return new QemuNode(Collections.unmodifiableMap(copy));
    }

    /** A list is filled from its start, and holds nothing under a name. */
    private void requirePlace(String name, String whole) {
        boolean fits = INDEX.matcher(name).matches()
                ? Integer.parseInt(name) <= entries.size() && (entries.isEmpty() || isList())
                : !isList();
        if (!fits) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("'%s' is no place in a list, which is numbered from 0 on without gaps", whole);
        }
    }

    private static QemuNode refuse(String name) {
        throw DriverException.because(Failure.INVALID_REQUEST)
                .message("'%s' cannot be a value and a node at once", name);
    }
}
