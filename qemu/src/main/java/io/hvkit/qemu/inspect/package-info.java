/**
 * Looks into disk images that others made, before anything that could be tricked opens them. Pure Java: no program is started,
 * no native code called, and no file opened but the one at hand.
 *
 * <pre>{@code
 * InspectedImage image = UntrustedImage.at(upload).inspect();
 * ImagePolicy.forTemplates().require(image);
 * }</pre>
 *
 * <p>A disk image is a program for its reader: it can name a file of the host as its backing file, its data file, an extent or a
 * parent, and qemu reads that file without a word, so that the uploader's machine sees it. It can be two formats at once, so that
 * what was checked is not what is used. Its header can ask for tables that fill the memory, or for a repair that changes other
 * files. So {@link io.hvkit.qemu.inspect.UntrustedImage} reads the few bytes that tell, tries every format it knows on every
 * image, and says what it saw as an {@link io.hvkit.qemu.inspect.InspectedImage}: formats, sizes, {@linkplain
 * io.hvkit.qemu.inspect.Reference names of other files}, and {@linkplain io.hvkit.qemu.inspect.Finding findings}. It judges
 * nothing. An {@link io.hvkit.qemu.inspect.ImagePolicy} does, and what it does not know it refuses.
 *
 * <p><b>What the format of a disk in use is, its owner knows.</b> A guest writes what it likes into its disk, including a qcow2
 * header that names a file of the host. Never inspect a volume to find out how to open it: keep the format that it was made with,
 * and state it. Inspect what enters the house: uploads, downloads, imports. Where a raw disk that a guest has written must be
 * looked at, {@link io.hvkit.qemu.inspect.UntrustedImage#pinnedTo} keeps it raw whatever it holds.
 *
 * <p><b>Uploads</b> can be inspected as they flow past, in little memory, with {@link
 * io.hvkit.qemu.inspect.UntrustedImage#streaming}; images on another host through a {@link io.hvkit.qemu.inspect.ByteSource}.
 *
 * <p>Whatever the bytes say, an inspection ends soon, reads at most 16 MiB, and fails only if they cannot be read.
 */
@NullMarked
package io.hvkit.qemu.inspect;

import org.jspecify.annotations.NullMarked;
