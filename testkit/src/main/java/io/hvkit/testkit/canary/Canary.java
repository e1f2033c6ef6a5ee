package io.hvkit.testkit.canary;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Secrets that were handed to the code under test, and the search for places they leaked to. Each is looked for byte by byte,
 * in Base64, in hexadecimal, percent-encoded, XML- and JSON-escaped, and in UTF-16. No finding tells the secret.
 *
 * <p>Holds copies of the secrets until it is closed. Any number of threads may share one while it is open.
 */
public final class Canary implements AutoCloseable {

    /** The fewest bytes a canary may have: shorter ones turn up by chance. */
    public static final int SHORTEST = 8;

    private static final Path PROC = Path.of("/proc");

    private final Index plain;
    private final Index squeezed;
    private volatile boolean closed;

    private Canary(List<Needle> needles) {
        plain = new Index(needles.stream().filter(needle -> !needle.squeezed()).toList());
        squeezed = new Index(needles.stream().filter(Needle::squeezed).toList());
    }

    /**
     * Returns a search for {@code secrets}, of which it takes copies: the caller keeps, and closes, its own.
     *
     * @throws IllegalArgumentException if there is none, or one is shorter than {@link #SHORTEST}
     */
    public static Canary planted(Secret... secrets) {
        if (secrets.length == 0) {
            throw new IllegalArgumentException("a search for no canary finds none");
        }
        List<Needle> needles = new ArrayList<>();
        for (int i = 0; i < secrets.length; i++) {
            if (secrets[i].length() < SHORTEST) {
                throw new IllegalArgumentException("canary " + (i + 1) + " has " + secrets[i].length()
                        + " bytes; fewer than " + SHORTEST + " turn up by chance");
            }
            int number = i + 1;
            needles.addAll(secrets[i].<List<Needle>, RuntimeException>withArray(bytes -> Forms.of(number, bytes)));
        }
        return new Canary(needles);
    }

    /**
     * Searches all regular files in {@code folder} and below, and the names of everything there; {@code folder} may be a single
     * file. Links are not followed, devices and pipes not opened. Files that vanish meanwhile are fine; those that cannot be
     * read are told in the result.
     *
     * @throws DriverException with {@code NOT_FOUND} if there is no {@code folder}
     */
    public Scan scanFiles(Path folder) throws InterruptedException {
        if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw DriverException.because(Failure.NOT_FOUND).message("%s is not there to be searched", folder);
        }
        Scan.Draft draft = new Scan.Draft();
        Deque<Path> todo = new ArrayDeque<>(List.of(folder));
        while (!todo.isEmpty()) {
            Path path = todo.pop();
            searchName(path, folder, draft);
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                list(path, todo, draft);
            } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                String where = "file " + tellable(path);
                if (search(path, where, draft, e -> draft.unreadable(where, e))) {
                    draft.file();
                }
            }
        }
        return draft.finished();
    }

    private void list(Path directory, Deque<Path> todo, Scan.Draft draft) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(todo::push);
        } catch (NoSuchFileException e) {
            return; // gone meanwhile
        } catch (IOException e) {
            draft.unreadable("directory " + tellable(directory), e);
        }
    }

    private void searchName(Path path, Path folder, Scan.Draft draft) {
        if (path.equals(folder)) {
            return;
        }
        String where = "the name of an entry of " + tellable(path.resolveSibling(""));
        draft.found(scanText(where, String.valueOf(path.getFileName())).findings());
        if (Files.isSymbolicLink(path)) {
            try {
                String target = Files.readSymbolicLink(path).toString();
                draft.found(scanText("the link " + tellable(path), target).findings());
            } catch (IOException e) {
                draft.unreadable("link " + tellable(path), e);
            }
        }
    }

    /** Returns a path without a secret in it: as much of it from the root as is clean. */
    private String tellable(Path path) {
        Path whole = path.toAbsolutePath();
        Path clean = whole;
        for (int names = whole.getNameCount() - 1; names > 0 && leaks(clean); names--) {
            clean = whole.getRoot().resolve(whole.subpath(0, names));
        }
        return clean.equals(whole) ? whole.toString() : "something below " + clean;
    }

    private boolean leaks(Path path) {
        return !scanText("a path", path.toString()).findings().isEmpty();
    }

    /**
     * Searches the command lines and environments of all processes; the result names those that this process may not look into.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if {@code /proc} cannot be listed
     */
    public Scan scanProcesses() throws InterruptedException {
        Scan.Draft draft = new Scan.Draft();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                String who = "process " + process.getFileName();
                if (!Files.isSymbolicLink(process.resolve("exe"))) {
                    continue; // a kernel thread, or one that has ended: it has no memory to keep words in
                }
                Runnable hidden = () -> draft.hidden(Long.parseLong(String.valueOf(process.getFileName())));
                boolean line =
                        search(process.resolve("cmdline"), "the command line of " + who, draft, e -> hidden.run());
                boolean words =
                        search(process.resolve("environ"), "the environment of " + who, draft, e -> hidden.run());
                if (line || words) {
                    draft.process();
                }
            }
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the processes cannot be listed: %s", e);
        }
        return draft.finished();
    }

    /** Searches a text, say a log or the message of an exception. */
    public Scan scanText(String label, String text) {
        Haystack haystack = haystack();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; from += Haystack.CHUNK) {
            byte[] chunk = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + Haystack.CHUNK));
            haystack.add(chunk, chunk.length);
        }
        Scan.Draft draft = new Scan.Draft();
        draft.found(haystack, label);
        draft.text();
        haystack.wipe();
        return draft.finished();
    }

    /** Searches one file and returns whether it could be read to its end. */
    private boolean search(Path file, String where, Scan.Draft draft, Consumer<IOException> unreadable)
            throws InterruptedException {
        Haystack haystack = haystack();
        byte[] chunk = new byte[Haystack.CHUNK];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer buffer = ByteBuffer.wrap(chunk);
            for (int count = channel.read(buffer); count >= 0; count = channel.read(buffer.clear())) {
                haystack.add(chunk, count);
            }
            return true;
        } catch (ClosedByInterruptException e) {
            Thread.interrupted();
            InterruptedException interrupted = new InterruptedException("interrupted while searching " + where);
            interrupted.initCause(e);
            throw interrupted;
        } catch (NoSuchFileException e) {
            return false; // gone meanwhile
        } catch (IOException e) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) { // else gone while it was open, as processes do
                unreadable.accept(e);
            }
            return false;
        } finally {
            draft.found(haystack, where);
            haystack.wipe();
            Arrays.fill(chunk, (byte) 0);
        }
    }

    private Haystack haystack() {
        if (closed) {
            throw new IllegalStateException("the canaries are already wiped");
        }
        return new Haystack(plain, squeezed);
    }

    /** Wipes the copies. Closing twice does nothing. */
    @Override
    public void close() {
        closed = true;
        plain.wipe();
        squeezed.wipe();
    }

    @Override
    public String toString() {
        return "Canary[redacted]";
    }
}
