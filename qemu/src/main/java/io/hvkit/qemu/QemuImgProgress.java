package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns what {@code -p} prints, such as {@code (12.34/100%)}, into bytes that never go back, over the parts that one work may be
 * done in. The whole is told once, when all has succeeded: qemu-img says 100 % before it has closed the target.
 */
final class QemuImgProgress {

    private static final Pattern PER_CENT = Pattern.compile("\\((\\d{1,3}(?:\\.\\d{1,9})?)/100%\\)");

    private final String phase;
    private final ByteSize total;
    private final ProgressListener listener;
    private long before;
    private long done = -1;

    /** Tells of a command whose deed is called {@code phase}, such as {@code converting}. */
    QemuImgProgress(String phase, ByteSize total, ProgressListener listener) {
        this.phase = phase;
        this.total = total;
        this.listener = listener;
    }

    /** Returns what hears how many bytes of the next {@code part} are done. */
    LongConsumer bytes(long part) {
        long from = before;
        before += part;
        return bytes -> tell(Math.min(total.bytes() - 1, from + bytes));
    }

    /** Returns what hears the program that does the next {@code part}. */
    Consumer<String> part(long part) {
        long from = before;
        before += part;
        return piece -> {
            Matcher matcher = PER_CENT.matcher(piece);
            while (matcher.find()) {
                double share = Math.min(100, Double.parseDouble(matcher.group(1))) / 100;
                tell(Math.min(total.bytes() - 1, from + (long) (share * part)));
            }
        };
    }

    /** Says that all is done, which it is. */
    void finish() {
        tell(total.bytes());
    }

    private void tell(long bytes) {
        if (bytes > done) {
            done = bytes;
            listener.progressed(new Progress(phase, ByteSize.bytes(bytes), total));
        }
    }
}
