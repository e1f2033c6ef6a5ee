package io.hvkit.core;

/**
 * How far a long job is. Within one phase {@code done} never goes back; {@code total} may grow while a guest goes on writing.
 *
 * @param phase what the job does now, a few lower-case words for people
 * @param done what is finished
 * @param total what is to be done, as far as known now; never less than {@code done}
 */
public record Progress(String phase, ByteSize done, ByteSize total) {

    /** Raises {@code total} to {@code done} if it lags behind. */
    public Progress {
        if (total.compareTo(done) < 0) {
            total = done;
        }
    }

    /** Returns the finished part in per cent, 0 to 100, rounded down; 0 while the total is unknown. */
    public int percent() {
        return total.bytes() == 0 ? 0 : (int) (100.0 * done.bytes() / total.bytes());
    }
}
