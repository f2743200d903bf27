/**
 * What is used of Amazon's SDK, loaded when somebody reads a store: it is as large as all the rest of an action. In a file
 * of its own because a bundle's chunk of a CommonJS package has no names, where it is asked for only when it is needed.
 */
export { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
