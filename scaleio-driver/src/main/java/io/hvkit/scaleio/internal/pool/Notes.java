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
 */
final class Notes {

    static final int LONGEST = 18;

    private static final ByteSize SMALLEST = ByteSize.gibibytes(8);

    private final ArrayCalls calls;
    private final String pool;

    Notes(ArrayCalls calls, String pool) {
        this.calls = calls;
        this.pool = pool;
    }

    /** The notes about one volume: the text of each, and the id of the snapshot that bears it. */
    record Found(Optional<ArrayVolume> sheet, Map<String, String> texts) {}

    Found about(String volume) throws InterruptedException {
        Optional<ArrayVolume> sheet = calls.named(sheet(volume));
        Map<String, String> texts = new LinkedHashMap<>();
        if (sheet.isPresent()) {
            String mark = mark(volume);
            for (ArrayVolume one : calls.ofTree(sheet.get().place().tree())) {
                if (one.name().startsWith(mark)) {
                    texts.put(one.name().substring(mark.length()), one.id());
                }
            }
        }
        return new Found(sheet, texts);
    }

    /** Adds notes, all or none. */
    void add(String volume, Found found, Collection<String> texts) throws InterruptedException {
        List<String> names = texts.stream()
                .filter(text -> !found.texts.containsKey(text))
                .map(text -> mark(volume) + text)
                .toList();
        if (names.isEmpty()) {
            return;
        }
        ArrayVolume sheet = found.sheet.isPresent()
                ? found.sheet.get()
                : calls.create(pool, sheet(volume), SMALLEST, ScaleIoPool.THIN);
        calls.snapshot(sheet.id(), names);
        if (!about(volume).texts.keySet().containsAll(texts)) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .message("what is noted about volume %s changes at this moment; ask again", volume);
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
            drop(found);
        }
    }

    /** Removes all notes about a volume that is gone, and nothing that others took of their sheet. */
    void forget(String volume) throws InterruptedException {
        Found found = about(volume);
        for (String snapshot : found.texts.values()) {
            calls.remove(snapshot);
        }
        drop(found);
    }

    private void drop(Found found) throws InterruptedException {
        if (found.sheet.isPresent()) {
            calls.remove(found.sheet.get().id());
        }
    }

    private static String sheet(String volume) {
        return "u!" + volume;
    }

    private static String mark(String volume) {
        return "n!" + Names.shortened(volume);
    }
}
