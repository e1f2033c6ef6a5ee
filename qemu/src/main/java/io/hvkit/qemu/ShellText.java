package io.hvkit.qemu;

import java.util.List;
import java.util.stream.Collectors;

/** The one place that knows how a POSIX shell reads words. */
final class ShellText {

    private ShellText() {}

    /** Returns a word that a shell takes as it is, whatever is in it. */
    static String quote(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    /** Returns a line that a shell takes apart into these words. */
    static String line(List<String> words) {
        return words.stream().map(ShellText::quote).collect(Collectors.joining(" "));
    }
}
