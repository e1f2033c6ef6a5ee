package io.hvkit.examples.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A demonstration as a command: its options, its folder, which is empty before and afterwards, Ctrl-C, and its table of proofs. */
public final class Demo {

    /** What stands for any whole number. */
    public static final String NUMBER = "NUMBER";

    private static final Duration TIDYING = Duration.ofSeconds(30);
    private static final String LOG = "hvkit.log"; // open while it runs, and scanned at its end
    private static final String RANGE = "..";
    private static final String WORK = "--work";
    private static final String KEEP = "--keep";

    private final String name;
    private final Path work;
    private final Map<String, String> said;
    private final ProofTable proofs = new ProofTable(System.out);
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean interrupted; // what Ctrl-C ended may fail in other ways than by an interruption

    private Demo(String name, Path work, Map<String, String> said) {
        this.name = name;
        this.work = work;
        this.said = said;
    }

    /** What is demonstrated. */
    public interface Work {
        void done(Demo demo) throws InterruptedException, IOException;
    }

    /**
     * Reads the options {@code --work FOLDER}, {@code --keep} and the demonstration's own, does its work, and ends the JVM. The exit
     * code is 0 only if every proof holds, and 2 if the options make no sense.
     *
     * @param own the options of its own, each with the value that it takes, or several with a bar between them, {@link #NUMBER}, or a
     *     range of numbers such as {@code 5..99}
     */
    public static void main(String name, String[] words, Map<String, String> own, Work work) throws IOException {
        Demo demo;
        try {
            demo = parse(name, List.of(words), new TreeMap<>(own));
        } catch (IllegalArgumentException e) {
            System.err.println(name + ": " + e.getMessage());
            System.exit(2);
            return;
        }
        System.exit(demo.run(work));
    }

    private static Demo parse(String name, List<String> words, Map<String, String> own) {
        Optional<Path> folder = Optional.empty();
        Map<String, String> said = new HashMap<>();
        for (int i = 0; i < words.size(); i++) {
            String option = words.get(i);
            if (option.equals(WORK)) {
                folder = Optional.of(Path.of(value(words, ++i, option)).toAbsolutePath());
            } else if (own.containsKey(option)) {
                String value = value(words, ++i, option);
                String known = own.getOrDefault(option, "");
                if (!takes(known, value)) {
                    throw new IllegalArgumentException(option + " takes " + known + ", not '" + value + "'");
                }
                said.put(option, value);
            } else if (option.equals(KEEP)) {
                said.put(option, "");
            } else {
                String others = own.entrySet().stream()
                        .map(one -> one.getKey() + " " + one.getValue() + ", ")
                        .collect(Collectors.joining());
                throw new IllegalArgumentException(
                        "unknown option '" + option + "'; there are " + others + WORK + " FOLDER and " + KEEP);
            }
        }
        return new Demo(
                name,
                folder.orElseThrow(
                        () -> new IllegalArgumentException(WORK + " FOLDER is needed: everything is kept there")),
                Map.copyOf(said));
    }

    private static boolean takes(String known, String value) {
        boolean isNumber = value.matches("[0-9]{1,18}");
        if (known.equals(NUMBER)) {
            return isNumber;
        }
        if (known.contains(RANGE)) {
            int at = known.indexOf(RANGE);
            return isNumber
                    && Long.parseLong(value) >= Long.parseLong(known.substring(0, at))
                    && Long.parseLong(value) <= Long.parseLong(known.substring(at + RANGE.length()));
        }
        return List.of(known.split("\\|", -1)).contains(value);
    }

    private static String value(List<String> words, int index, String option) {
        if (index >= words.size()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return words.get(index);
    }

    /** Returns the folder for all that is made. */
    public Path folder() {
        return work;
    }

    /** Returns its log, if it was started by the command line, which keeps one. */
    public Optional<Path> log() {
        return Optional.of(work.resolve(LOG)).filter(Files::exists);
    }

    /** Returns where proofs go. */
    public ProofTable proofs() {
        return proofs;
    }

    /** Returns whether an option was given. */
    public boolean says(String option) {
        return said.containsKey(option);
    }

    /** Returns the value that was given to an option, if it was given. */
    public Optional<String> value(String option) {
        return Optional.ofNullable(said.get(option));
    }

    private int run(Work job) throws IOException {
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> unwind(main), name + "-ctrl-c"));
        boolean complete = false;
        try {
            clear();
            Files.createDirectories(work);
            job.done(this);
            complete = true;
        } catch (InterruptedException e) {
            System.err.println(name + ": interrupted; everything it started is ended");
        } catch (RuntimeException e) {
            System.err.println(
                    name + ": " + (interrupted ? "interrupted; everything it started is ended" : e.toString()));
        } finally {
            tidyUp();
        }
        proofs.print();
        return complete && proofs.holds() ? 0 : 1;
    }

    private void tidyUp() throws IOException {
        try {
            if (!says(KEEP)) {
                clear();
            }
        } finally {
            done.countDown();
        }
    }

    /** Ctrl-C: the work unwinds as after any other failure, and only then does the JVM end. */
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
                        .forEach(Demo::delete);
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
}
