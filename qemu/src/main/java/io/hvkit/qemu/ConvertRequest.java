package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A copy of a disk from one image into another, which may have another format, another key, or none. Without more words it makes
 * a target that is not there yet, as fast as it can, has no limit, and refuses to write decrypted what is encrypted. Immutable;
 * every change is a new request.
 *
 * <pre>{@code
 * ConvertRequest.of(template, volume.unlockedBy(key));
 * ConvertRequest.of(disk, CreateRequest.of(backup).laidOutAs(Qcow2Layout.COMPACT)).compressed();
 * ConvertRequest.of(disk, Image.raw(device)).onto(TargetState.EXISTS).withRest(TargetRest.ZEROED);
 * }</pre>
 */
public final class ConvertRequest {

    private enum Plaintext {
        REFUSED,
        ALLOWED
    }

    private enum Unreadable {
        FAILS,
        ZEROED
    }

    private enum Packing {
        NONE,
        COMPRESSED
    }

    private record From(List<Image> images, Optional<String> snapshot, Unreadable unreadable) {}

    private record To(
            CreateRequest image,
            TargetState state,
            TargetRest rest,
            Packing packing,
            BitmapCopy bitmaps,
            Plaintext plaintext) {}

    private enum Proof {
        NONE,
        VERIFIED
    }

    private record Means(ConvertProfile profile, Optional<Duration> limit, Optional<CopyEngine> engine, Proof proof) {}

    private record Fields(From from, To to, Means means) {}

    private final Fields fields;

    private ConvertRequest(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request to make {@code target} anew out of {@code source}, with the source's size and the usual layout. */
    public static ConvertRequest of(Image source, Image target) {
        return of(source, CreateRequest.of(target));
    }

    /**
     * Returns a request to make an image with a layout of its own out of {@code source}. With a size it may be larger than the
     * source; the rest reads as zeroes.
     *
     * <p>If the target lies over another image, the source must lie over that one too, and only what the source itself holds is
     * copied.
     */
    public static ConvertRequest of(Image source, CreateRequest target) {
        return new ConvertRequest(new Fields(
                new From(List.of(source), Optional.empty(), Unreadable.FAILS),
                new To(target, TargetState.ABSENT, TargetRest.KEPT, Packing.NONE, BitmapCopy.NONE, Plaintext.REFUSED),
                new Means(ConvertProfile.FAST, Optional.empty(), Optional.empty(), Proof.NONE)));
    }

    /** Returns this request with another source behind those that it has: the target holds one disk after the other. */
    public ConvertRequest followedBy(Image next) {
        List<Image> images = new ArrayList<>(fields.from.images);
        images.add(next);
        return from(new From(List.copyOf(images), fields.from.snapshot, fields.from.unreadable));
    }

    /** Returns this request for an internal snapshot of the source, by its name, instead of the disk as it is now. */
    public ConvertRequest ofSnapshot(String name) {
        return from(new From(fields.from.images, Optional.of(name), fields.from.unreadable));
    }

    /**
     * Returns this request with zeroes in place of what cannot be read at the source, which is a warning in the log then: to save
     * what is left of a broken disk.
     */
    public ConvertRequest salvaging() {
        return from(new From(fields.from.images, fields.from.snapshot, Unreadable.ZEROED));
    }

    /**
     * Returns this request for a target in another state.
     *
     * @throws DriverException with {@code INVALID_REQUEST} for a LUKS target that is said to be zeroed: what lies encrypted as
     *     zeroes reads as noise, so sparing them would corrupt the disk without a word
     */
    public ConvertRequest onto(TargetState state) {
        if (state == TargetState.EXISTS_ZEROED && target().format() == ImageFormat.LUKS) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a LUKS image never reads as zeroes where nothing was written, so %s would be corrupt; say"
                                    + " TargetState.EXISTS",
                            target());
        }
        To to = fields.to;
        return to(new To(to.image, state, to.rest, to.packing, to.bitmaps, to.plaintext));
    }

    /** Returns this request with what is to become of the rest of a larger target that exists. */
    public ConvertRequest withRest(TargetRest rest) {
        To to = fields.to;
        return to(new To(to.image, to.state, rest, to.packing, to.bitmaps, to.plaintext));
    }

    /**
     * Returns this request with a target that is written compressed: a new {@code QCOW2} without a key, in the way that its layout
     * says. {@link Qcow2Layout#COMPACT} packs nine times as fast as the usual layout.
     */
    public ConvertRequest compressed() {
        To to = fields.to;
        return to(new To(to.image, to.state, to.rest, Packing.COMPRESSED, to.bitmaps, to.plaintext));
    }

    /** Returns this request with the source's bitmaps copied too, into a new {@code QCOW2}. */
    public ConvertRequest withBitmaps(BitmapCopy bitmaps) {
        To to = fields.to;
        return to(new To(to.image, to.state, to.rest, to.packing, bitmaps, to.plaintext));
    }

    /** Returns this request with leave to write what is encrypted at the source in clear at the target. */
    public ConvertRequest intoPlaintext() {
        To to = fields.to;
        return to(new To(to.image, to.state, to.rest, to.packing, to.bitmaps, Plaintext.ALLOWED));
    }

    /** Returns this request with another use of the host. */
    public ConvertRequest with(ConvertProfile profile) {
        Means means = fields.means;
        return by(new Means(profile, means.limit, means.engine, means.proof));
    }

    /**
     * Returns this request for one engine alone. If nothing is said, what can be shared is shared by the file system, what is
     * between raw and LUKS and understood to the last byte is copied in this process, and all else by qemu-img; {@link
     * ConvertReport} tells which. If that engine cannot do it, the conversion fails with {@code UNSUPPORTED}; qemu-img can do all.
     */
    public ConvertRequest by(CopyEngine engine) {
        Means means = fields.means;
        return by(new Means(means.profile, means.limit, Optional.of(engine), means.proof));
    }

    /**
     * Returns this request with the copy read again when it is on the disk, past the page cache where that is possible, and
     * compared with what was read of the source: a difference is {@code CORRUPT_DATA}, and the target is not given out, or stays
     * marked as incomplete. qemu-img reads the source again for that. For one source, whole and sound.
     */
    public ConvertRequest verified() {
        Means means = fields.means;
        return by(new Means(means.profile, means.limit, means.engine, Proof.VERIFIED));
    }

    /**
     * Returns this request with a limit for the copying itself, after which it is ended and a new target is removed.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the limit is not positive
     */
    public ConvertRequest within(Duration limit) {
        Command.requirePositive(limit);
        Means means = fields.means;
        return by(new Means(means.profile, Optional.of(limit), means.engine, means.proof));
    }

    /** Returns what is read, the first source if there are several. */
    public Image source() {
        return fields.from.images.get(0);
    }

    /** Returns all that is read, in the order in which it will lie in the target. */
    public List<Image> sources() {
        return fields.from.images;
    }

    /** Returns the name of the snapshot that is read; nothing for the disk as it is now. */
    public Optional<String> snapshot() {
        return fields.from.snapshot;
    }

    /** Returns whether what cannot be read becomes zeroes. */
    public boolean salvages() {
        return fields.from.unreadable == Unreadable.ZEROED;
    }

    /** Returns what is written. */
    public Image target() {
        return fields.to.image.target();
    }

    /** Returns how a target that is absent is made. */
    public CreateRequest making() {
        return fields.to.image;
    }

    /** Returns what is at the target before. */
    public TargetState targetState() {
        return fields.to.state;
    }

    /** Returns what becomes of the rest of a larger target that exists. */
    public TargetRest rest() {
        return fields.to.rest;
    }

    /** Returns whether the target is written compressed. */
    public boolean compresses() {
        return fields.to.packing == Packing.COMPRESSED;
    }

    /** Returns whether bitmaps are copied. */
    public BitmapCopy bitmaps() {
        return fields.to.bitmaps;
    }

    /** Returns whether an encrypted source may be written in clear. */
    public boolean allowsPlaintext() {
        return fields.to.plaintext == Plaintext.ALLOWED;
    }

    /** Returns how the host is used. */
    public ConvertProfile profile() {
        return fields.means.profile;
    }

    /** Returns how long the copying may take; nothing if there is no limit. */
    public Optional<Duration> limit() {
        return fields.means.limit;
    }

    /** Returns what is to copy the bytes; nothing if that is chosen. */
    public Optional<CopyEngine> engine() {
        return fields.means.engine;
    }

    /** Returns whether the copy is read again and compared. */
    public boolean isVerified() {
        return fields.means.proof == Proof.VERIFIED;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConvertRequest request && request.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        String snapshot =
                fields.from.snapshot.map(name -> "snapshot " + name + " of ").orElse("");
        List<String> sources = fields.from.images.stream().map(Image::toString).toList();
        return snapshot + String.join(" and ", sources) + " to " + target();
    }

    private ConvertRequest from(From from) {
        return new ConvertRequest(new Fields(from, fields.to, fields.means));
    }

    private ConvertRequest to(To to) {
        return new ConvertRequest(new Fields(fields.from, to, fields.means));
    }

    private ConvertRequest by(Means means) {
        return new ConvertRequest(new Fields(fields.from, fields.to, means));
    }
}
