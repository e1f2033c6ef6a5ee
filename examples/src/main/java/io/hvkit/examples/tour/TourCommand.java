package io.hvkit.examples.tour;

import io.hvkit.examples.console.Demo;
import io.hvkit.hypervisor.spi.Pivot;
import java.io.IOException;
import java.util.Map;

/** Runs the tour from the command line: {@code --work FOLDER [--break pivot] [--keep]}. */
public final class TourCommand {

    private static final String BREAK = "--break";

    private TourCommand() {}

    /** Runs the tour; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        Demo.main("tour", arguments, Map.of(BREAK, "pivot"), demo -> {
            Pivot pivot = demo.says(BREAK) ? Pivot.WHEN_ASKED : Pivot.WHEN_READY;
            new Tour(demo.folder(), pivot, demo.proofs()).run();
        });
    }
}
