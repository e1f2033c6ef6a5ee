package io.hvkit.examples.tour;

import io.hvkit.hypervisor.spi.Pivot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs the tour from the command line: {@code --work FOLDER [--break pivot] [--keep]}. */
public final class TourCommand {

    private static final Duration TIDYING = Duration.ofSeconds(30);
    private static final String LOG = "hvkit.log"; // open while the tour runs, and scanned at its end

    private final Path work;
    private final Pivot pivot;
    private final boolean keep;
    private volatile boolean interrupted; // what Ctrl-C ended may fail in other ways than by an interruption
    private final CountDownLatch done = new CountDownLatch(1);

    private TourCommand(List<String> arguments) {
        Path folder = null;
        Pivot when = Pivot.WHEN_READY;
        boolean keeps = false;
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            switch (option) {
                case "--work" -> folder = Path.of(value(arguments, ++i, option)).toAbsolutePath();
                case "--keep" -> keeps = true;
                case "--break" -> {
                    String what = value(arguments, ++i, option);
                    if (!what.equals("pivot")) {
                        throw new IllegalArgumentException("--break takes pivot, not '" + what + "'");
                    }
                    when = Pivot.WHEN_ASKED;
                }
                default ->
                    throw new IllegalArgumentException(
                            "unknown option '" + option + "'; there are --work FOLDER, --break pivot and --keep");
            }
        }
        if (folder == null) {
            throw new IllegalArgumentException("--work FOLDER is needed: the tour keeps everything there");
        }
        this.work = folder;
        this.pivot = when;
        this.keep = keeps;
    }

    /** Runs the tour; the exit code is 0 only if every proof holds, 2 if the options make no sense. */
    public static void main(String[] arguments) throws IOException {
        TourCommand command;
        try {
            command = new TourCommand(List.of(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println("tour: " + e.getMessage());
            System.exit(2);
            return;
        }
        System.exit(command.run());
    }

    private int run() throws IOException {
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> unwind(main), "tour-ctrl-c"));
        ProofTable proofs = new ProofTable(System.out);
        boolean complete = false;
        try {
            clear();
            Files.createDirectories(work);
            new Tour(work, pivot, proofs).run();
            complete = true;
        } catch (InterruptedException e) {
            System.err.println("tour: interrupted; everything it started is ended");
        } catch (RuntimeException e) {
            System.err.println("tour: " + (interrupted ? "interrupted; everything it started is ended" : e.toString()));
        } finally {
            tidyUp();
        }
        proofs.print();
        return complete && proofs.holds() ? 0 : 1;
    }

    private void tidyUp() throws IOException {
        try {
            if (!keep) {
                clear();
            }
        } finally {
            done.countDown();
        }
    }

    /** Ctrl-C: the tour unwinds as after any other failure, and only then does the JVM end. */
    private void unwind(Thread main) {
        if (done.getCount() > 0) {
            interrupted = true;
            main.interrupt();
            try {
                done.await(TIDYING.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void clear() throws IOException {
        if (Files.exists(work)) {
            try (Stream<Path> all = Files.walk(work)) {
                all.sorted(Comparator.reverseOrder())
                        .filter(path -> !path.equals(work) && !path.endsWith(LOG))
                        .forEach(TourCommand::delete);
            }
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String value(List<String> arguments, int index, String option) {
        if (index >= arguments.size()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return arguments.get(index);
    }
}
