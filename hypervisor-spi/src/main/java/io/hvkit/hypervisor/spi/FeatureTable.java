package io.hvkit.hypervisor.spi;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What types can do, as a table in Markdown: one line a type, one column a feature. */
final class FeatureTable {

    private FeatureTable() {}

    static String of(List<HypervisorType> types) {
        List<HypervisorFeature> features = List.of(HypervisorFeature.values());
        Stream<String> head = Stream.of(
                row(Stream.concat(
                        Stream.of("type", "id", "templates"), features.stream().map(FeatureTable::words))),
                row(Stream.generate(() -> "---").limit(3L + features.size())));
        return Stream.concat(head, types.stream().map(type -> row(cells(type, features))))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static Stream<String> cells(HypervisorType type, List<HypervisorFeature> features) {
        String templates = type.templates().stream().map(FeatureTable::words).collect(Collectors.joining(", "));
        return Stream.concat(
                Stream.of(type.displayName(), "`" + type.id() + "`", templates.isEmpty() ? "–" : templates),
                features.stream().map(feature -> switch (type.features().of(feature)) {
                    case NATIVE -> "yes";
                    case EMULATED -> "emulated";
                    case NONE -> "–";
                }));
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String row(Stream<String> cells) {
        return cells.map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |"));
    }
}
