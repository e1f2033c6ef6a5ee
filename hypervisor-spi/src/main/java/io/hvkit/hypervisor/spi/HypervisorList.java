package io.hvkit.hypervisor.spi;

import io.hvkit.core.internal.Names;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The text of {@link HypervisorSettings#LIST}, entry by entry. Immutable. */
final class HypervisorList {

    /**
     * What stands between two commas.
     *
     * @param before the blanks before it
     * @param word what was written, without blanks at its ends
     * @param after the blanks after it
     * @param known the type it named when it was written
     */
    private record Entry(String before, String word, String after, Optional<HypervisorType> known) {

        /** Whether it was written as the name for people, which follows the type; an id or alias stays. */
        boolean followsRenames() {
            return known.filter(type -> type.displayName().equals(word)
                            || (!type.id().equals(word)
                                    && Names.folded(type.displayName()).equals(Names.folded(word))))
                    .isPresent();
        }

        String text(HypervisorTypes types) {
            return before
                    + (followsRenames()
                            ? known.map(type -> nameNow(type, types)).orElse(word)
                            : word)
                    + after;
        }

        private String nameNow(HypervisorType type, HypervisorTypes types) {
            String now = types.resolve(type.id()).match(k -> k.type().displayName(), absent -> word);
            return now.equals(type.displayName()) ? word : now;
        }

        ResolvedType resolved(HypervisorTypes types) {
            return types.resolve(known.map(HypervisorType::id).orElse(word));
        }
    }

    private final List<Entry> entries;

    private HypervisorList(List<Entry> entries) {
        this.entries = entries;
    }

    static HypervisorList parse(String text, HypervisorTypes types) {
        List<Entry> entries = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String word = part.strip();
            int start = word.isEmpty() ? part.length() : part.indexOf(word);
            entries.add(
                    new Entry(part.substring(0, start), word, part.substring(start + word.length()), types.find(word)));
        }
        return new HypervisorList(entries);
    }

    /** Returns this list if each entry is a type, or is among {@code excused}. */
    HypervisorList requireKnownBut(Collection<String> excused, HypervisorTypes types) {
        entries.stream()
                .filter(entry -> !entry.word.isEmpty() && entry.known.isEmpty() && !excused.contains(entry.word))
                .forEach(entry -> types.require(entry.word));
        return this;
    }

    List<String> unknown() {
        return entries.stream()
                .filter(entry -> entry.known.isEmpty())
                .map(Entry::word)
                .toList();
    }

    boolean isBlank() {
        return entries.stream().allMatch(entry -> entry.word.isEmpty());
    }

    String text(HypervisorTypes types) {
        return entries.stream().map(entry -> entry.text(types)).collect(Collectors.joining(","));
    }

    List<ResolvedType> resolved(HypervisorTypes types) {
        return entries.stream()
                .filter(entry -> !entry.word.isEmpty())
                .map(entry -> entry.resolved(types))
                .distinct()
                .toList();
    }
}
