/**
 * Images fetched over HTTP and HTTPS by the host that will use them. What arrives is believed only when it has the digest that
 * the caller knows, and used only when it was looked at. Start reading at {@link io.hvkit.qemu.download.HttpDownload}.
 */
@NullMarked
package io.hvkit.qemu.download;

import org.jspecify.annotations.NullMarked;
