package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One conversion: all that can be refused is refused before a byte is written. */
final class Conversion {

    private enum Zeroes {
        UNKNOWN,
        THERE
    }

    private final QemuImg qemuImg;
    private final QemuImgProgram program;
    private final ConvertRequest request;
    private final ProgressListener listener;

    Conversion(QemuImg qemuImg, QemuImgProgram program, ConvertRequest request, ProgressListener listener) {
        this.qemuImg = qemuImg;
        this.program = program;
        this.request = request;
        this.listener = listener;
    }

    void run() throws InterruptedException {
        Image source = request.source();
        Image target = request.target();
        ImageCreation.requireKeys(source);
        ImageCreation.requireKeys(target);
        program.require(source);
        program.require(target);
        requireDistinct();
        requireEncryptionKept(source.readsEncrypted());
        ImageInfo sourceInfo = qemuImg.info(source);
        requireMatchingKey(source, sourceInfo);
        requireEncryptionKept(sourceInfo.isEncrypted());
        ByteSize size = sourceInfo.virtualSize();
        ConvertProgress progress = new ConvertProgress(size, listener);
        switch (request.targetState()) {
            case ABSENT -> makeAnew(size, progress);
            case EXISTS -> writeOnto(size, progress, Zeroes.UNKNOWN);
            case EXISTS_ZEROED -> writeOnto(size, progress, Zeroes.THERE);
        }
        progress.finish();
    }

    private void makeAnew(ByteSize size, ConvertProgress progress) throws InterruptedException {
        Image target = request.target();
        ImageCreation creation = new ImageCreation(program);
        creation.require(target, size);
        if (target.path().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is made by who keeps it, and not here; then say onto(TargetState.EXISTS)", target);
        }
        if (program.files().status(target.requirePath()).kind() == FileStatus.Kind.BLOCK_DEVICE) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s is a block device, so it is there already; say onto(TargetState.EXISTS), after create(...)"
                                    + " if it is to be %s",
                            target.place(), target.format().qemuName());
        }
        StagedFile.make(program.files(), target.requirePath(), file -> {
            Image staged = target.at(file);
            creation.run(CreateRequest.of(staged, size), Effect.NOT_APPLIED);
            // What is new reads as zeroes, except for LUKS, where it reads as noise.
            copyInto(staged, progress, target.format() == ImageFormat.LUKS ? Zeroes.UNKNOWN : Zeroes.THERE);
            if (target.encrypts()) {
                creation.attest(staged);
            }
        });
    }

    private void writeOnto(ByteSize size, ConvertProgress progress, Zeroes zeroes) throws InterruptedException {
        Image target = request.target();
        ImageInfo info = qemuImg.info(target);
        requireMatchingKey(target, info);
        if (info.virtualSize().compareTo(size) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s has %s, and %s at %s does not fit; make the target larger",
                            target, info.virtualSize(), size, request.source());
        }
        if (target.encrypts() && target.path().isPresent()) {
            new ImageCreation(program).attest(target); // anywhere else, qemu's reading of the header, above, must do
        }
        copyInto(target, progress, zeroes);
    }

    private void copyInto(Image target, ConvertProgress progress, Zeroes zeroes) throws InterruptedException {
        Image source = request.source();
        try (QemuKeys keys = QemuKeys.of(source, target)) {
            CommandResult result = copy(keys, target, progress, zeroes, "none");
            if (Complaint.lacksDirectAccess(result)) {
                result = copy(keys, target, progress, zeroes, "writeback");
            }
            if (!result.succeeded()) {
                throw Complaint.of("qemu-img convert of " + request, result, Effect.UNKNOWN, source, target);
            }
        }
    }

    private CommandResult copy(QemuKeys keys, Image target, ConvertProgress progress, Zeroes zeroes, String cache)
            throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("convert", "-n", "-p", "-t", cache, "-W", "-m", "8"));
        if (zeroes == Zeroes.THERE && program.can(QemuImgAbility.TARGET_IS_ZERO)) {
            arguments.add("--target-is-zero");
        }
        arguments.addAll(keys.arguments());
        arguments.addAll(List.of("--image-opts", "--target-image-opts"));
        arguments.add(keys.open(request.source()));
        arguments.add(keys.open(target));
        Optional<Duration> limit = request.limit().or(program::limit);
        return program.runner().run(keys.feed(program.command(arguments, limit)).listening(progress));
    }

    private void requireEncryptionKept(boolean sourceIsEncrypted) {
        if (sourceIsEncrypted && !request.target().encrypts() && !request.allowsPlaintext()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s is encrypted and %s would hold its data in clear; give the target a key, or say"
                                    + " intoPlaintext() if that is meant",
                            request.source(), request.target());
        }
    }

    private static void requireMatchingKey(Image image, ImageInfo info) {
        if (info.isEncrypted() && image.key().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is encrypted, and this needs its key; say unlockedBy(key)", image);
        }
        if (!info.isEncrypted() && image.key().isPresent()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is not encrypted, though a key for it is given", image.place());
        }
    }

    private void requireDistinct() throws InterruptedException {
        Image target = request.target();
        for (Image source : request.source().layers()) {
            if (source.isWhere(target) || isSameFile(source, target)) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "%s and %s are the same file; a copy needs another place",
                                source.place(), target.place());
            }
        }
    }

    private boolean isSameFile(Image one, Image other) throws InterruptedException {
        HostFiles files = program.files();
        return one.path().isPresent()
                && other.path().isPresent()
                && files.status(one.requirePath()).isSameAs(files.status(other.requirePath()));
    }
}
