package io.hvkit.examples.tour;

import io.hvkit.core.Progress;
import java.util.Locale;

/** A bar on the terminal; a line for each quarter where there is none. */
final class ProgressBar {

    private static final int WIDTH = 40;

    // Set by ./hvkit, which sees whether its output is a terminal; System.console() does not tell on Java 22 and newer.
    private final boolean terminal = Boolean.getBoolean("hvkit.terminal");
    private int lastQuarter = -1;

    void show(Progress progress) {
        int percent = progress.percent();
        String text = String.format(
                Locale.ROOT,
                "    [%s%s] %3d %% %s of %s, %s",
                "#".repeat(percent * WIDTH / 100),
                ".".repeat(WIDTH - percent * WIDTH / 100),
                percent,
                mebibytes(progress.done().bytes()),
                mebibytes(progress.total().bytes()),
                progress.phase());
        if (terminal) {
            System.out.printf("\r%-100s", text);
            System.out.flush();
        } else if (percent / 25 > lastQuarter) {
            lastQuarter = percent / 25;
            System.out.println(text);
        }
    }

    void end() {
        if (terminal) {
            System.out.println();
        }
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
