import { z } from 'zod';
import type { Platform } from './packages.ts';

const Report = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) });

/** The platform of this process. Node's report names the C library; without glibc on Linux it is musl. */
export function thisPlatform(): Platform {
  const { platform, arch } = process;
  if (platform !== 'linux') return { platform, arch, libc: null };
  // Node has it since 22.13, its types don't.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  // Else it looks up the names of network addresses, which takes seconds where there is no name server.
  report.excludeNetwork = true;
  const { header } = Report.parse(report.getReport());
  return { platform, arch, libc: header.glibcVersionRuntime === undefined ? 'musl' : 'glibc' };
}
