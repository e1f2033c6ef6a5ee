package io.hvkit.testkit.contract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What became of a contract's cases, for machines and for people.
 *
 * @param contract the class that ran it
 * @param type the id of the type that was judged
 * @param features what it offers, for people
 * @param cases the cases that were run
 */
record ContractReport(String contract, String type, String features, List<Case> cases) {

    /** How a case ended. */
    enum Result {
        KEPT,
        BROKEN,
        /** Broken, and said to be so. */
        WAIVED
    }

    /**
     * One case.
     *
     * @param reason why it is broken or waived; empty if it is kept
     */
    record Case(String name, Result result, String reason) {}

    ContractReport {
        cases = cases.stream().sorted(Comparator.comparing(Case::name)).toList();
    }

    /** Writes {@code <contract>.json} and {@code <contract>.html}. */
    void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve(contract + ".json"), json());
        Files.writeString(directory.resolve(contract + ".html"), html());
    }

    String json() {
        return "{\"contract\":" + quoted(contract) + ",\"type\":" + quoted(type) + ",\"features\":" + quoted(features)
                + ",\"cases\":"
                + cases.stream()
                        .map(one -> "{\"name\":" + quoted(one.name) + ",\"result\":" + quoted(one.result.name())
                                + ",\"reason\":" + quoted(one.reason) + "}")
                        .collect(Collectors.joining(",", "[", "]"))
                + "}\n";
    }

    String html() {
        return "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>" + escaped(contract) + "</title>\n<h1>"
                + escaped(contract)
                + "</h1>\n<p>" + escaped(type) + " offers " + escaped(features)
                + "</p>\n<table>\n<tr><th>case</th><th>result</th><th>reason</th></tr>\n"
                + cases.stream()
                        .map(one -> "<tr><td>" + escaped(one.name.replace('_', ' ')) + "</td><td>"
                                + one.result.name().toLowerCase(Locale.ROOT) + "</td><td>" + escaped(one.reason)
                                + "</td></tr>\n")
                        .collect(Collectors.joining())
                + "</table>\n";
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c < ' ' || c > '~') {
                out.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                out.append((char) c);
            }
        });
        return out.append('"').toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
