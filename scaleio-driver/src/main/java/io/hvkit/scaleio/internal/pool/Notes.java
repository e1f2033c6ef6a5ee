package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Short texts about a volume, kept where the volume is: the array has labels for nothing. They are the names of snapshots of an
 * empty, thin volume that is named after the one they are about, and that is there only as long as there are notes. So they are seen
 * by every process, written all or none, and take no room.
 *
 * <p>A sheet without notes is not removed under its own name, since somebody might write on it at that moment: it gets another name
 * first. What was written before is seen then, and it gets its name back; who writes later does not find it under its name, and writes
 * again.
 */
final class Notes {

    static final int LONGEST = 18;

    private static final ByteSize SMALLEST = ByteSize.gibibytes(8);
    private static final int TRIES = 10;
    private static final long PAUSE = 10;

    private final ArrayCalls calls;
    private final String pool;

    Notes(ArrayCalls calls, String pool) {
        this.calls = calls;
        this.pool = pool;
    }

    /**
     * The notes about one volume: the text of each, and the id of the snapshot that bears it.
     *
     * @param doomed a sheet that is to be removed, unless there is something on it
     * @param kept the texts on the sheet proper, which nobody is about to remove
     * @param texts all texts
     */
    record Found(
            Optional<ArrayVolume> sheet,
            Optional<ArrayVolume> doomed,
            Map<String, String> kept,
            Map<String, String> texts) {

        /** Whether a sheet was left that has nothing on it. */
        boolean isIdle() {
            return texts.isEmpty() && (sheet.isPresent() || doomed.isPresent());
        }
    }

    Found about(String volume) throws InterruptedException {
        Optional<ArrayVolume> sheet = calls.named(sheet(volume));
        Optional<ArrayVolume> doomed = calls.named(doomed(volume));
        if (sheet.isEmpty() && doomed.isEmpty()) {
            sheet = calls.named(sheet(volume)); // it may have got its name back in between
        }
        Map<String, String> kept = sheet.isPresent() ? texts(volume, sheet.get()) : Map.of();
        Map<String, String> texts = new LinkedHashMap<>(kept);
        if (doomed.isPresent()) {
            texts.putAll(texts(volume, doomed.get()));
        }
        return new Found(sheet, doomed, kept, texts);
    }

    private Map<String, String> texts(String volume, ArrayVolume sheet) throws InterruptedException {
        String mark = mark(volume);
        Map<String, String> texts = new LinkedHashMap<>();
        for (ArrayVolume one : calls.ofTree(sheet.place().tree())) {
            if (one.name().startsWith(mark)) {
                texts.put(one.name().substring(mark.length()), one.id());
            }
        }
        return texts;
    }

    /** Adds notes, all or none. */
    void add(String volume, Found found, Collection<String> texts) throws InterruptedException {
        Found now = found;
        for (int attempt = 1; !now.kept.keySet().containsAll(texts); attempt++) {
            if (attempt > TRIES) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .message("what is noted about volume %s changes at this moment; ask again", volume);
            }
            if (attempt > 1) {
                Thread.sleep(PAUSE * attempt);
                now = about(volume);
            }
            if (now.doomed.isPresent()) {
                settle(volume, now.doomed.get());
            }
            write(volume, now, texts);
            now = about(volume);
        }
    }

    private void write(String volume, Found found, Collection<String> texts) throws InterruptedException {
        List<String> names = texts.stream()
                .filter(text -> !found.kept.containsKey(text))
                .map(text -> mark(volume) + text)
                .toList();
        if (names.isEmpty()) {
            return;
        }
        try {
            ArrayVolume sheet = found.sheet.isPresent()
                    ? found.sheet.get()
                    : calls.create(pool, sheet(volume), SMALLEST, ScaleIoPool.THIN);
            calls.snapshot(sheet.id(), names);
        } catch (DriverException e) {
            if (e.failure() != Failure.NOT_FOUND && e.failure() != Failure.OPERATION_PENDING) {
                throw e;
            } // else the sheet went at this moment, and the next look tells
        }
    }

    /** Removes notes one by one, in that order; with the last one the sheet goes too. */
    void remove(String volume, Collection<String> texts) throws InterruptedException {
        Found found = about(volume);
        for (String text : texts) {
            String snapshot = found.texts.remove(text);
            if (snapshot != null) {
                calls.remove(snapshot);
            }
        }
        if (found.texts.isEmpty()) {
            drop(volume, found);
        }
    }

    /** Removes all notes about a volume that is gone, and nothing that others took of their sheet. */
    void forget(String volume) throws InterruptedException {
        Found found = about(volume);
        for (String snapshot : found.texts.values()) {
            calls.remove(snapshot);
        }
        drop(volume, found);
    }

    private void drop(String volume, Found found) throws InterruptedException {
        if (found.doomed.isPresent()) {
            settle(volume, found.doomed.get());
        }
        if (found.sheet.isPresent()) {
            calls.rename(found.sheet.get().id(), doomed(volume));
            Optional<ArrayVolume> doomed = calls.named(doomed(volume));
            if (doomed.isPresent()) {
                settle(volume, doomed.get());
            }
        }
    }

    /** Nobody writes on a sheet that has lost its name and counts on it: what is seen now is all that is to be kept. */
    private void settle(String volume, ArrayVolume doomed) throws InterruptedException {
        if (!texts(volume, doomed).isEmpty()) {
            calls.rename(doomed.id(), sheet(volume));
            return;
        }
        calls.remove(doomed.id());
        for (String late : texts(volume, doomed).values()) {
            calls.remove(late);
        }
    }

    private static String sheet(String volume) {
        return "u!" + volume;
    }

    private static String doomed(String volume) {
        return "d!" + volume;
    }

    private static String mark(String volume) {
        return "n!" + Names.shortened(volume);
    }
}
