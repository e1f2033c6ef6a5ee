package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Makes trees of lists and texts of the catalog's records, and records of such trees; for a catalog of tests in a file. */
final class RecordTrees {

    private RecordTrees() {}

    static Object tree(Object value) throws ReflectiveOperationException {
        if (value instanceof Facts facts) {
            return new TreeMap<>(facts.texts());
        }
        if (value instanceof Optional<?> optional) {
            return optional.isEmpty() ? new ArrayList<>() : trees(List.of(optional.get()));
        }
        if (value instanceof Iterable<?> all) {
            return trees(all);
        }
        if (value instanceof Record record) {
            List<Object> parts = new ArrayList<>();
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                parts.add(component.getAccessor().invoke(record));
            }
            return trees(parts);
        }
        return value.toString();
    }

    private static List<Object> trees(Iterable<?> all) throws ReflectiveOperationException {
        List<Object> trees = new ArrayList<>();
        for (Object each : all) {
            trees.add(tree(each));
        }
        return trees;
    }

    static Object value(Type type, Object tree) throws ReflectiveOperationException {
        if (type instanceof ParameterizedType generic
                && generic.getRawType() instanceof Class<?> raw
                && !raw.isRecord()) {
            List<Object> values = new ArrayList<>();
            for (Object each : (List<?>) tree) {
                values.add(value(generic.getActualTypeArguments()[0], each));
            }
            if (raw.equals(Optional.class)) {
                return values.stream().findAny();
            }
            return raw.equals(SortedSet.class) ? new TreeSet<>(values) : values;
        }
        Class<?> plain = (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
        return plain.isRecord() ? record(plain, (List<?>) tree) : leaf(plain, tree);
    }

    private static Object leaf(Class<?> type, Object tree) throws ReflectiveOperationException {
        if (type.equals(Facts.class)) {
            TreeMap<String, String> texts = new TreeMap<>();
            ((TreeMap<?, ?>) tree).forEach((name, text) -> texts.put(name.toString(), text.toString()));
            return Facts.of(texts);
        }
        String text = tree.toString();
        if (type.isEnum()) {
            return type.getMethod("valueOf", String.class).invoke(null, text);
        }
        if (type.equals(long.class)) {
            return Long.parseLong(text);
        }
        return type.equals(Instant.class) ? Instant.parse(text) : text;
    }

    private static Object record(Class<?> type, List<?> tree) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Object[] parts = new Object[components.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = value(components[i].getGenericType(), tree.get(i));
        }
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        return constructor.newInstance(parts);
    }
}
