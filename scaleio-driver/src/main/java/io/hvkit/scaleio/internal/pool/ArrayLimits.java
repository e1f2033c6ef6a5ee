package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.VolumeLimits;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Limits. The array has them at each mapping and forgets them with it, so that a volume's are noted beside it, and given to each
 * mapping that it has or gets.
 */
final class ArrayLimits implements Limits {

    private static final Pattern NOTE = Pattern.compile("L([0-9a-z]{1,7})\\.([0-9a-z]{1,7})");
    private static final int RADIX = 36;
    private static final long LEAST_IOPS = 11;
    private static final long MOST_IOPS = Integer.MAX_VALUE;
    private static final ByteSize STEP = ByteSize.mebibytes(1);
    private static final ByteSize MOST_BANDWIDTH = ByteSize.tebibytes(1);

    private final ArrayCalls calls;
    private final ArrayVolumes volumes;
    private final Notes notes;

    ArrayLimits(ArrayCalls calls, ArrayVolumes volumes, Notes notes) {
        this.calls = calls;
        this.volumes = volumes;
        this.notes = notes;
    }

    @Override
    public VolumeLimits set(VolumeId id, VolumeLimits limits) throws InterruptedException {
        VolumeLimits real = possible(limits);
        ArrayVolume volume = volumes.require(id);
        Notes.Found found = notes.about(volume.id());
        List<String> wanted = real.equals(VolumeLimits.none()) ? List.of() : List.of(text(real));
        notes.add(volume.id(), found, wanted);
        List<String> old = found.texts().keySet().stream()
                .filter(text -> NOTE.matcher(text).matches() && !wanted.contains(text))
                .toList();
        if (!old.isEmpty() || (wanted.isEmpty() && found.isIdle())) {
            notes.remove(volume.id(), old);
        }
        for (ArrayVolume.Mapping mapping : volume.mappings()) {
            calls.limit(volume.id(), mapping.sdc(), iops(real), mebibytes(real));
        }
        return real;
    }

    private static VolumeLimits possible(VolumeLimits limits) {
        VolumeLimits real = VolumeLimits.none();
        if (limits.iops().isPresent()) {
            long iops = limits.iops().getAsLong();
            if (iops < LEAST_IOPS || iops > MOST_IOPS) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "PowerFlex limits a volume to %d to %d operations a second, not %d",
                                LEAST_IOPS, MOST_IOPS, iops);
            }
            real = real.iops(iops);
        }
        if (limits.bandwidth().isPresent()) {
            ByteSize bandwidth = limits.bandwidth().get();
            if (bandwidth.compareTo(MOST_BANDWIDTH) > 0) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "a volume is limited to at most %s a second, not %s; leave it out for none",
                                MOST_BANDWIDTH, bandwidth);
            }
            real = real.bandwidth(bandwidth.roundedUpTo(STEP));
        }
        return real;
    }

    @Override
    public VolumeLimits of(VolumeId id) throws InterruptedException {
        return in(notes.about(volumes.require(id).id()));
    }

    /** Returns what is noted; the newest, where a change was cut short. */
    private static VolumeLimits in(Notes.Found found) {
        Optional<Matcher> newest = found.texts().entrySet().stream()
                .sorted(Map.Entry.<String, String>comparingByValue(Comparator.reverseOrder()))
                .map(entry -> NOTE.matcher(entry.getKey()))
                .filter(Matcher::matches)
                .findFirst();
        return newest.map(note -> limits(Long.parseLong(note.group(1), RADIX), Long.parseLong(note.group(2), RADIX)))
                .orElseGet(VolumeLimits::none);
    }

    private static VolumeLimits limits(long iops, long mebibytes) {
        return new VolumeLimits(
                iops == 0 ? OptionalLong.empty() : OptionalLong.of(iops),
                mebibytes == 0 ? Optional.empty() : Optional.of(ByteSize.mebibytes(mebibytes)));
    }

    /** Gives a new mapping what is noted. */
    void applyTo(String volume, String sdc, Notes.Found found) throws InterruptedException {
        VolumeLimits limits = in(found);
        if (!limits.equals(VolumeLimits.none())) {
            calls.limit(volume, sdc, iops(limits), mebibytes(limits));
        }
    }

    private static long iops(VolumeLimits limits) {
        return limits.iops().orElse(0);
    }

    private static long mebibytes(VolumeLimits limits) {
        return limits.bandwidth().map(ByteSize::bytes).orElse(0L) / STEP.bytes();
    }

    private static String text(VolumeLimits limits) {
        return "L" + Long.toString(iops(limits), RADIX) + "." + Long.toString(mebibytes(limits), RADIX);
    }
}
