package io.hvkit.hypervisor.spi;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What types can do, as a table in Markdown: one line a feature, one column a type. */
final class FeatureTable {

    private FeatureTable() {}

    static String of(List<HypervisorType> types) {
        Stream<String> head = Stream.of(
                line("", types, HypervisorType::displayName),
                line("---", types, type -> "---"),
                line("id", types, type -> "`" + type.id() + "`"),
                line("templates", types, FeatureTable::templates));
        Stream<String> features = Arrays.stream(HypervisorFeature.values())
                .map(feature -> line(words(feature), types, type -> level(type, feature)));
        return Stream.concat(head, features).collect(Collectors.joining("\n", "", "\n"));
    }

    private static String templates(HypervisorType type) {
        return type.templates().isEmpty()
                ? "–"
                : type.templates().stream().map(FeatureTable::words).collect(Collectors.joining(", "));
    }

    private static String level(HypervisorType type, HypervisorFeature feature) {
        return switch (type.features().of(feature)) {
            case NATIVE -> "yes";
            case EMULATED -> "emulated";
            case NONE -> "–";
        };
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String line(String first, List<HypervisorType> types, Function<HypervisorType, String> cell) {
        return Stream.concat(Stream.of(first), types.stream().map(cell))
                .map(text -> text.replace("|", "\\|"))
                .collect(Collectors.joining(" | ", "| ", " |"));
    }
}
