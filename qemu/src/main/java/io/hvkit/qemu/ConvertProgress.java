package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns what {@code -p} prints, such as {@code (12.34/100%)}, into bytes that never go back. */
final class ConvertProgress implements Consumer<String> {

    private static final Pattern PER_CENT = Pattern.compile("\\((\\d{1,3}(?:\\.\\d{1,9})?)/100%\\)");

    private final ByteSize total;
    private final ProgressListener listener;
    private long done = -1;

    ConvertProgress(ByteSize total, ProgressListener listener) {
        this.total = total;
        this.listener = listener;
    }

    @Override
    public void accept(String piece) {
        Matcher matcher = PER_CENT.matcher(piece);
        while (matcher.find()) {
            double part = Math.min(100, Double.parseDouble(matcher.group(1))) / 100;
            tell(Math.min(total.bytes(), (long) (part * total.bytes())));
        }
    }

    /** Says that all is done, unless that was said. */
    void finish() {
        tell(total.bytes());
    }

    private void tell(long bytes) {
        if (bytes > done) {
            done = bytes;
            listener.progressed(new Progress("converting", ByteSize.bytes(bytes), total));
        }
    }
}
