package io.hvkit.kvm.internal.endpoint;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import io.hvkit.qemu.ConvertProfile;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Extent;
import io.hvkit.qemu.FileReplacement;
import io.hvkit.qemu.FileStatus;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.MapRequest;
import io.hvkit.qemu.Measurement;
import io.hvkit.qemu.QemuImgAbility;
import io.hvkit.qemu.TargetRest;
import io.hvkit.qemu.TargetState;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.Deltas;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageMeasure;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import java.nio.file.Path;
import java.util.Optional;

/** Images by qemu-img, which opens nothing that our own inspection has not seen before. */
final class HostImages implements Images {

    private final Tools tools;
    private final Places places;
    private final Inspector inspector;

    HostImages(Tools tools, Places places) {
        this.tools = tools;
        this.places = places;
        this.inspector = new Inspector(tools, places);
    }

    @Override
    public ImageReport create(DiskImage image, ByteSize size) throws InterruptedException {
        requireBases(image);
        if (!image.isBaseNamed()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s holds changes once they are written; make it over nothing", Places.path(image));
        }
        FileStatus there = places.status(image.attachment());
        boolean isDevice = image.attachment() instanceof Attachment.BlockDevice;
        if (isDevice && !there.holdsBytes()) {
            throw Places.missing(image); // whoever wrote there now would make a file among the devices
        }
        if (isDevice ? isPresent(image) : there.holdsBytes()) {
            return confirmed(image, size);
        }
        if (isDevice) {
            new DeviceUse(tools.runner()).requireNone(Places.path(image));
        }
        tools.qemuImg().create(CreateRequest.of(Places.image(image), size));
        return inspector.report(image);
    }

    @Override
    public ImageReport copy(CopyImage request, ProgressListener listener) throws InterruptedException {
        inspector.requireTrusted(request.source());
        ConvertRequest copy = convert(request);
        switch (request.before()) {
            case NOTHING -> {
                if (places.status(request.target().attachment()).holdsBytes()) {
                    return confirmedCopy(request, listener);
                }
                tools.qemuImg().convert(copy, listener);
            }
            case IMAGE -> {
                inspector.requireTrusted(request.target());
                if (request.target().attachment() instanceof Attachment.BlockDevice device) {
                    new DeviceUse(tools.runner()).requireNone(device.path());
                }
                tools.qemuImg().convert(copy.onto(TargetState.EXISTS).withRest(TargetRest.ZEROED), listener);
            }
        }
        return inspector.report(request.target());
    }

    @Override
    public ImageReport copyAsIs(DiskImage source, DiskImage target) throws InterruptedException {
        inspector.requireUnused(source);
        inspector.requireUnused(target);
        FileReplacement.by(tools.runner()).replace(Places.path(source), Places.path(target));
        return inspector.report(target);
    }

    @Override
    public Optional<Deltas> deltas() throws InterruptedException {
        return tools.qemuImg().abilities().contains(QemuImgAbility.EXTERNAL_DATA)
                ? Optional.of(new HostDeltas(tools, inspector))
                : Optional.empty();
    }

    @Override
    public boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener) throws InterruptedException {
        inspector.requireTrusted(one);
        inspector.requireTrusted(other);
        return tools.qemuImg()
                .compareContent(Places.image(one), Places.image(other), listener)
                .isIdentical();
    }

    @Override
    public ImageMeasure measure(DiskImage image, ByteSize size) throws InterruptedException {
        requireBases(image);
        return measure(tools.qemuImg().measure(CreateRequest.of(Places.image(image), size)));
    }

    @Override
    public ImageMeasure measure(CopyImage request) throws InterruptedException {
        inspector.requireTrusted(request.source());
        CreateRequest target = CreateRequest.of(Places.image(request.target()));
        return measure(tools.qemuImg().measure(target, Places.image(request.source())));
    }

    @Override
    public ImageReport inspect(DiskImage image) throws InterruptedException {
        return inspector.report(image);
    }

    @Override
    public Optional<ByteSize> occupied(DiskImage image) throws InterruptedException {
        ImageReport seen = inspector.report(image);
        return image.attachment() instanceof Attachment.ImageFile
                ? Optional.of(tools.qemuImg()
                        .whileInUse()
                        .info(Places.image(DiskImage.at(image.attachment(), seen.format())))
                        .actualSize())
                : Optional.empty();
    }

    @Override
    public Optional<ByteSize> allocated(DiskImage image) throws InterruptedException {
        inspector.requireUnused(image);
        if (image.format() != ImageFormat.QCOW2) {
            return Optional.of(inspector.report(image).size());
        }
        long[] own = {0};
        tools.qemuImg().map(MapRequest.of(Places.image(image)), extent -> {
            if (extent.depth() == 0 && extent.traits().contains(Extent.Trait.PRESENT)) {
                own[0] += extent.length().bytes();
            }
        });
        return Optional.of(ByteSize.bytes(own[0]));
    }

    @Override
    public boolean isIncomplete(DiskImage image) throws InterruptedException {
        inspector.requireTrusted(image);
        return tools.qemuImg().isIncomplete(Places.image(image));
    }

    @Override
    public ImageReport growTo(DiskImage image, ByteSize size) throws InterruptedException {
        inspector.requireTrusted(image);
        ImageReport now = inspector.report(image);
        if (now.size().compareTo(size) >= 0) {
            return now;
        }
        tools.qemuImg().resize(Places.image(image), size);
        return inspector.report(image);
    }

    private static ConvertRequest convert(CopyImage request) {
        ConvertRequest copy = ConvertRequest.of(Places.image(request.source()), Places.image(request.target()));
        if (request.bandwidth().isPresent()) {
            copy = copy.with(ConvertProfile.FAST.withLimit(request.bandwidth().get()));
        }
        return request.plaintext() == CopyImage.Plaintext.ALLOWED ? copy.intoPlaintext() : copy;
    }

    private static ImageMeasure measure(Measurement measured) {
        return new ImageMeasure(measured.required(), measured.fullyAllocated());
    }

    private void requireBases(DiskImage image) throws InterruptedException {
        if (image.base().isPresent()) {
            inspector.requireTrusted(image.base().get());
        }
    }

    /** Returns whether a device was given an image before; raw bytes are there on every device. */
    private boolean isPresent(DiskImage image) throws InterruptedException {
        if (image.format() == ImageFormat.RAW) {
            return true;
        }
        try {
            inspector.report(image);
            return true;
        } catch (DriverException e) {
            if (e.failure() == Failure.CORRUPT_DATA) {
                return false; // it is no such image, and creating looks whether it is anything
            }
            throw e;
        }
    }

    /** Returns the image that is there, if an equal request made it. */
    private ImageReport confirmed(DiskImage image, ByteSize size) throws InterruptedException {
        ImageReport there = seen(image);
        boolean isWholeDevice =
                image.attachment() instanceof Attachment.BlockDevice && image.format() != ImageFormat.QCOW2;
        boolean large =
                isWholeDevice ? there.size().compareTo(size) >= 0 : there.size().equals(size);
        if (!large || !inspector.liesAsSaid(image) || !isLockedAsSaid(image, there)) {
            throw differs(image, there);
        }
        return there;
    }

    private ImageReport confirmedCopy(CopyImage request, ProgressListener listener) throws InterruptedException {
        DiskImage target = request.target();
        ImageReport there = seen(target);
        if (!there.references().isEmpty() || !there.findings().isEmpty() || !isLockedAsSaid(target, there)) {
            throw differs(target, there);
        }
        Image source = Places.image(request.source());
        if (!tools.qemuImg().compare(source, Places.image(target), listener).isIdentical()) {
            throw differs(target, there);
        }
        return there;
    }

    private ImageReport seen(DiskImage image) throws InterruptedException {
        try {
            return inspector.report(image);
        } catch (DriverException e) {
            if (e.failure() == Failure.CORRUPT_DATA) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .causedBy(e)
                        .message(
                                "%s holds something else than %s; it was left alone, take another name",
                                Places.path(image), image.format());
            }
            throw e;
        }
    }

    private boolean isLockedAsSaid(DiskImage image, ImageReport there) throws InterruptedException {
        if (image.isEncrypted() != there.attestation().isPresent()) {
            return false;
        }
        return !image.isEncrypted() || tools.qemuImg().unlocks(Places.alone(image));
    }

    private static DriverException differs(DiskImage image, ImageReport there) {
        Path path = Places.path(image);
        return DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message(
                        "%s holds something else than was asked for, %s, or its key is another; it was left alone, take"
                                + " another name",
                        path, there);
    }
}
