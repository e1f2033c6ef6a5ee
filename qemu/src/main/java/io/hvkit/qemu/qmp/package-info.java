/**
 * The monitor of a running qemu (QMP), and copies, commits and other jobs on images that need no virtual machine.
 *
 * <pre>{@code
 * try (StorageDaemon daemon = StorageDaemon.start(CommandRunner.local())) {
 *     BlockNode source = daemon.openReadOnly(Image.luks(old).unlockedBy(oldKey));
 *     BlockNode target = daemon.open(Image.luks(young).unlockedBy(newKey));
 *     BlockJob copy = daemon.jobs().mirror(MirrorRequest.of(source, target));
 *     copy.awaitReady(Duration.ofHours(2), progress);
 *     copy.complete();
 *     copy.await(Duration.ofMinutes(1)).orThrow();
 * }
 * }</pre>
 */
@NullMarked
package io.hvkit.qemu.qmp;

import org.jspecify.annotations.NullMarked;
