package io.hvkit.examples.console;

import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import java.util.Locale;

/** A bar on the terminal; a line for each quarter where there is none. */
public final class ProgressBar implements ProgressListener {

    private static final int WIDTH = 40;

    // Set by ./hvkit, which sees whether its output is a terminal; System.console() does not tell on Java 22 and newer.
    private final boolean terminal = Boolean.getBoolean("hvkit.terminal");
    private int lastQuarter = -1;

    @Override
    public void progressed(Progress progress) {
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

    /** Ends the bar of one job; the next begins a new one. */
    public void end() {
        lastQuarter = -1;
        if (terminal) {
            System.out.println();
        }
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
