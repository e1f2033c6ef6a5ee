package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs {@code qemu-img convert}, once or several times for one conversion, within one limit. For one thread. */
final class CopyRun {

    /** What a single run is told besides. */
    enum Extra {
        /** The target reads as zeroes, and writing zeroes is spared. */
        TARGET_IS_ZERO,
        /** Only what the source itself holds is copied; target and source lie over the same. */
        OWN_LAYER,
        /** From start to end, however slow the rest is to be. */
        AT_ONCE
    }

    private static final Logger LOG = LoggerFactory.getLogger(CopyRun.class);

    private final QemuImgProgram program;
    private final ConvertRequest request;
    private final QemuImgProgress progress;
    private final Optional<Duration> limit;
    private final long start = System.nanoTime();
    private ConvertProfile profile;

    CopyRun(QemuImgProgram program, ConvertRequest request, QemuImgProgress progress) {
        this.program = program;
        this.request = request;
        this.progress = progress;
        this.limit = request.limit().or(program::limit);
        this.profile = request.profile();
    }

    /**
     * Copies {@code sources}, one after the other, over what {@code target} holds.
     *
     * @param size how much that is, in bytes
     */
    void copy(List<Image> sources, Image target, long size, Set<Extra> extras) throws InterruptedException {
        run(sources, target, extras, progress.part(size));
    }

    /** Writes what is no part of the disk, from start to end and at once, and tells nobody. */
    void writeInOrder(List<Image> sources, Image target) throws InterruptedException {
        run(sources, target, EnumSet.of(Extra.AT_ONCE), piece -> {});
    }

    private void run(List<Image> sources, Image target, Set<Extra> extras, Consumer<String> listener)
            throws InterruptedException {
        Image[] all = Stream.concat(sources.stream(), Stream.of(target)).toArray(Image[]::new);
        try (QemuKeys keys = QemuKeys.of(all)) {
            CommandResult result = attempt(keys, sources, target, extras, listener);
            if (Complaint.lacksDirectAccess(result)) {
                profile = profile.withSource(PageCache.USED).withTarget(PageCache.USED);
                result = attempt(keys, sources, target, extras, listener);
            }
            if (!result.succeeded()) {
                throw Complaint.of("qemu-img convert of " + request, result, Effect.UNKNOWN, all);
            }
            if (request.salvages() && !result.errors().isBlank()) {
                LOG.warn(
                        "{}: what could not be read became zeroes: {}",
                        request,
                        result.errors().strip());
            }
        }
    }

    private CommandResult attempt(
            QemuKeys keys, List<Image> sources, Image target, Set<Extra> extras, Consumer<String> listener)
            throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("convert", "-n", "-p"));
        arguments.addAll(profileArguments(
                extras.contains(Extra.AT_ONCE)
                        ? ConvertProfile.IN_ORDER.withCoroutines(1).withTarget(profile.target())
                        : profile));
        arguments.addAll(requestArguments());
        if (extras.contains(Extra.TARGET_IS_ZERO) && program.can(QemuImgAbility.TARGET_IS_ZERO)) {
            arguments.add("--target-is-zero");
        }
        if (extras.contains(Extra.OWN_LAYER)) {
            Image backing = target.backing().orElseThrow();
            arguments.addAll(
                    List.of("-B", backing.place(), "-F", backing.format().qemuName()));
        }
        arguments.addAll(keys.arguments());
        arguments.addAll(List.of("--image-opts", "--target-image-opts"));
        sources.forEach(source -> arguments.add(keys.open(source)));
        arguments.add(keys.open(target));
        return program.runner()
                .run(keys.feed(program.command(arguments, timeLeft())).listening(listener));
    }

    private List<String> profileArguments(ConvertProfile used) {
        List<String> arguments = new ArrayList<>(List.of("-t", used.target().qemuName()));
        if (used.source() != PageCache.USED) {
            arguments.addAll(List.of("-T", used.source().qemuName()));
        }
        if (!used.isInOrder() && !isStream()) {
            arguments.add("-W");
        }
        arguments.addAll(List.of("-m", Integer.toString(used.coroutines())));
        used.limit().ifPresent(perSecond -> arguments.addAll(List.of("-r", Long.toString(perSecond.bytes()))));
        used.sparseSize().ifPresent(size -> arguments.addAll(List.of("-S", Long.toString(size.bytes()))));
        return arguments;
    }

    private List<String> requestArguments() {
        List<String> arguments = new ArrayList<>();
        if (request.compresses()) {
            arguments.add("-c");
        }
        if (request.salvages()) {
            arguments.add("--salvage");
        }
        request.snapshot().ifPresent(name -> arguments.addAll(List.of("-l", QemuText.option("snapshot.name", name))));
        if (request.bitmaps() != BitmapCopy.NONE) {
            arguments.add("--bitmaps");
        }
        if (request.bitmaps() == BitmapCopy.ALL_BUT_BROKEN) {
            arguments.add("--skip-broken-bitmaps");
        }
        return arguments;
    }

    /** What is read as a stream has to lie in the file in the order of the disk. */
    private boolean isStream() {
        return request.making()
                .layout()
                .filter(layout ->
                        layout instanceof VmdkLayout vmdk && vmdk.variant() == VmdkLayout.Variant.STREAM_OPTIMIZED)
                .isPresent();
    }

    private Optional<Duration> timeLeft() {
        return limit.map(whole -> {
            Duration left = whole.minusNanos(System.nanoTime() - start);
            if (left.isZero() || left.isNegative()) {
                throw DriverException.because(Failure.TIMED_OUT)
                        .message("copying %s takes longer than %s", request, whole);
            }
            return left;
        });
    }
}
