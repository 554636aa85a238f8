import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { DrainConfig } from './config.ts';

/** The bucket that keeps what could not be delivered until it is sent again, or until it expires. */
export function createParkingBucket(scope: Construct, { parkingDays, removalPolicy }: DrainConfig): Bucket {
  const bucket = new Bucket(scope, 'Parking', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    removalPolicy: RemovalPolicy[removalPolicy === 'retain' ? 'RETAIN' : 'DESTROY'],
    lifecycleRules: [
      {
        expiration: Duration.days(parkingDays),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      "Only the drain's own functions can reach the objects, and they log each one that they write; who else may " +
      'look is governed by IAM and seen in CloudTrail, without a second bucket for access logs.',
  });
  return bucket;
}
